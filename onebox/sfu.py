"""The SFU: livekit-server with a configuration that we write.

`prflx_acceptance_min_wait` takes a second off each join; `auto_create: false` keeps rooms the controller's to make; the codec
list keeps a browser from falling back to a codec that the wall was not promised. Without `stun_servers` LiveKit sends every
client to public ones; here nobody needs any, so they get a port of the SFU's own machine where nobody answers. It must not be
the media's: Chromium takes all that comes from a STUN server's address for its answers, and is left with TCP. Loopback
candidates serve one machine only. `enable_psrpc_for_get_list_participants` asks the room itself who is there: after a crash
Redis still lists those of before. A layered track is asked for key frames by `low_quality`: whoever joins just after one waits
so long for the next. `signal_relay` is how soon the SFU repeats to itself what one that has just started did not hear yet: a
crash costs 0.2 s less. `webhook` tells the controller who comes and goes, so that the steward need not wait for its next look.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import redis

from onebox.ports import LOOPBACK, Ports

VERSION = "1.13.5"

GARBAGE_PERCENT = 400
"""GOGC, instead of 100: reading the list of browsers' names, which one that has just started does before anybody joins, takes
0.19 instead of 0.27 s of a core, and 13 MB more."""

NODES_KEY = "nodes"
"""Where LiveKit keeps its nodes (pkg/routing/redisrouter.go)."""


class NoLiveKit(Exception):
    """There is no livekit-server; `bin/setup` installs it."""


def sfu_command(config: Path) -> list[str]:
    """Start the SFU with a configuration file. Raises NoLiveKit."""
    beside_python = Path(sys.executable).parent / "livekit-server"
    binary = str(beside_python) if beside_python.exists() else shutil.which("livekit-server")
    if binary is None:
        raise NoLiveKit(f"livekit-server {VERSION} is not installed; bin/setup installs it")
    return ["env", f"GOGC={GARBAGE_PERCENT}", binary, "--config", str(config)]


def forget_nodes(redis_url: str) -> None:
    """Forget the SFU's registrations of before: LiveKit takes a node that was killed for alive for another five seconds.

    Until then it leaves rooms where they were, on a node that does not answer. Right only where one SFU uses this Redis.
    """
    with redis.Redis.from_url(redis_url) as client:
        client.delete(NODES_KEY)


def sfu_config(
    ports: Ports, *, redis_address: str | None, api_key: str, api_secret: str, address: str = LOOPBACK, interface: str = "lo"
) -> str:
    """The configuration file. `redis_address` is HOST:PORT or a unix socket's path; None: rooms live in the SFU's memory.

    `address` is where media is sent to, on `interface`.
    """
    redis = f'redis: {{address: "{redis_address}"}}\n' if redis_address else ""
    return f"""\
# Written by Marquee at each start; changes are lost.
port: {ports.sfu}
bind_addresses: ["{LOOPBACK}"]
rtc:
  tcp_port: {ports.sfu_tcp}
  udp_port: {ports.sfu_udp}
  use_external_ip: false
  node_ip: {address}
  interfaces: {{includes: [{interface}]}}
  enable_loopback_candidate: true
  stun_servers: ["{address}:{ports.sfu_tcp}"]
  prflx_acceptance_min_wait: 50ms
  pli_throttle: {{low_quality: 500ms, mid_quality: 1s, high_quality: 1s}}
  congestion_control: {{enabled: true, allow_pause: false}}
{redis}room:
  auto_create: false
  empty_timeout: 86400
  departure_timeout: 86400
  enabled_codecs: [{{mime: video/vp9}}, {{mime: video/rtx}}]
limit: {{subscription_limit_video: 1}}
signal_relay: {{min_retry_interval: 100ms}}
api: {{enable_psrpc_for_get_list_participants: true}}
prometheus: {{port: {ports.sfu_metrics}}}
webhook: {{api_key: {api_key}, urls: ["http://{LOOPBACK}:{ports.controller}/api/livekit/webhook"]}}
logging: {{level: info, json: true}}
keys: {{{api_key}: {api_secret}}}
"""
