"""Which ports the parts listen on."""

from __future__ import annotations

import socket
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """All on loopback."""

    controller: int = 8000
    sfu: int = 7880
    """Signalling and room API."""
    sfu_tcp: int = 7881
    sfu_udp: int = 7882
    sfu_metrics: int = 7883


def free_ports(wanted: Ports | None = None) -> Ports:
    """Ports nobody listens on: the wanted ones where they are free, any others where not."""
    wanted = wanted or Ports(0, 0, 0, 0, 0)
    chosen: list[int] = []
    for port, kind in (
        (wanted.controller, socket.SOCK_STREAM),
        (wanted.sfu, socket.SOCK_STREAM),
        (wanted.sfu_tcp, socket.SOCK_STREAM),
        (wanted.sfu_udp, socket.SOCK_DGRAM),
        (wanted.sfu_metrics, socket.SOCK_STREAM),
    ):
        chosen.append(_free(port, kind, chosen))
    return Ports(*chosen)


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on a loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.3).close()
    except OSError:
        return False
    return True


def _free(wanted: int, kind: socket.SocketKind, taken: list[int]) -> int:
    while True:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, wanted))
            except OSError:
                wanted = 0
                continue
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port
        wanted = 0
