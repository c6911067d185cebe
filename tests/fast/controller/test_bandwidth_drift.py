"""Card, displays and SFU agree or not: when that is an alarm, and how the SFU's word is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from controller.rules.bandwidth_drift import Sent, drift
from controller.rules.bandwidth_shares import on_card
from controller.services.sfu_metrics import SfuMetrics, SfuSent
from tests.support.announced_logs import AnnouncedLogs

MINUTE = 30_000_000
"""Bytes: 4 Mbit/s."""

METRICS = """\
# HELP livekit_packet_bytes
livekit_packet_bytes{country="",direction="incoming",node_id="ND_1",transmission="initial"} 9e+06
livekit_packet_bytes{country="",direction="outgoing",node_id="ND_1",transmission="initial"} 1.5e+06
livekit_packet_bytes{country="",direction="outgoing",node_id="ND_1",transmission="retransmit"} 500000
livekit_packet_total{country="",direction="outgoing",node_id="ND_1",transmission="initial"} 2000
livekit_packet_total{country="",direction="outgoing",node_id="ND_1",transmission="retransmit"} 500
livekit_packet_total{country="",direction="incoming",node_id="ND_1",transmission="initial"} 9000
"""


def ten_minutes(card_part: float, sfu_part: float | None = None, *, displays: int = MINUTE) -> Sent:
    """The card and the SFU against what displays count."""
    total = 10 * displays
    return Sent(round(card_part * total), [displays] * 10, None if sfu_part is None else round(sfu_part * total))


def test_what_the_card_sends_besides_is_no_alarm_while_it_is_little() -> None:
    found = drift(ten_minutes(1.02, 1.01))
    assert found.displays_percent == pytest.approx(1.96, abs=0.01)
    assert found.sfu_percent == pytest.approx(0.98, abs=0.01)
    assert found.alarm is None


def test_what_was_lost_and_sent_again_is_no_drift() -> None:
    lossy = replace(ten_minutes(1.06, 1.05), again=round(0.05 * 10 * MINUTE))
    assert drift(lossy).displays_percent == pytest.approx(0.94, abs=0.01)
    assert drift(lossy).alarm is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (ten_minutes(1.05), "the card sent 4.8 % more than the displays count"),
        (ten_minutes(0.9), "the card sent 11.1 % less than the displays count"),
        (ten_minutes(1.02, 0.9), "the card sent 11.8 % more than the SFU counts"),
        (ten_minutes(1.1, 1.0), "more than the displays count and the card sent 9.1 % more than the SFU counts"),
    ],
)
def test_beyond_three_percent_somebody_should_look(sent: Sent, words: str) -> None:
    assert words in str(drift(sent).alarm)


def test_a_wall_that_hardly_shows_or_has_just_begun_raises_none() -> None:
    assert drift(ten_minutes(9.0, displays=MINUTE // 5)).alarm is None
    assert drift(Sent(10 * MINUTE, [0, *([MINUTE] * 9)])).alarm is None
    assert drift(Sent(0, [0] * 10)).displays_percent is None


@pytest.fixture
def sfu() -> Iterator[HTTPServer]:
    """What tells metrics as the SFU does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(METRICS.encode())

        def log_message(self, *_: object) -> None:
            """Requests are no news."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_sfus_packets_are_counted_as_on_the_card(sfu: HTTPServer) -> None:
    metrics = SfuMetrics(f"http://127.0.0.1:{sfu.server_port}/metrics")
    assert metrics.sent() == SfuSent(on_card(2_000_000, 2_500), on_card(500_000, 500))


def test_an_sfu_that_does_not_tell_is_said_once(announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the SFU's metrics cannot be read")
    metrics = SfuMetrics("http://127.0.0.1:9/metrics")
    assert [metrics.sent() for _ in range(2)] == [None, None]
    assert len(announced_logs.lines) == 1
    assert SfuMetrics(None).sent() is None
