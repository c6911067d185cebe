"""The quality guard's numbers, each with its reason.

Measured means: with livekit-server 1.13.5, livekit-client 2.23.0, Chromium 156, five displays in network namespaces and 4 Mbit/s
of motion. The others are choices, and say what they weigh.
"""

from __future__ import annotations

from dataclasses import dataclass

from wire.display import Step
from wire.presenter import MAX_BITRATE_BPS, SenderLimits

STEPS: tuple[Step, ...] = ("full", "base", "stills", "off")
"""From the most to the least."""

FLOOR_BITRATE_BPS = 3_500_000
"""What a protected display must keep (change document)."""


PROTECTED_FLOOR = SenderLimits(max_bitrate_bps=MAX_BITRATE_BPS, max_frames_per_second=11)
"""The lowest limits while a protected display is approved: the lowest cap that sends 3.5 Mbit/s in motion, and a capture rate
that encodes 10 frames a second. At that rate caps of 3.75, 3.9 and 4 were measured to send 3.25, 3.49 and 3.77, and each change
of the cap costs some seconds at 5/6 of it: so only the frames give way."""

LOWEST = SenderLimits(max_bitrate_bps=1_000_000, max_frames_per_second=8)
"""The lowest limits without protected displays, unless an operator says otherwise: a choice, for a picture that can still be
read. The encoder keeps it sharp and gives fewer frames where bits are short: noise in half of 720p was measured to come at 2.7
frames a second under 1 Mbit/s and at 6.2 under 2.5. Then the presenter's page takes back as much as its frames need."""


@dataclass(frozen=True)
class Share:
    """How much of what is encoded reaches a display on a step."""

    bits: float
    frames: float


SHARES: dict[Step, Share] = {"full": Share(1.0, 1.0), "base": Share(0.54, 0.25)}
"""The base layer of L1T3: every fourth frame and 54 % of the bits, measured (2.09 of 3.89 Mbit/s, 3.6 of 15 frames a second)."""


@dataclass(frozen=True)
class GuardPolicy:
    """What the guard goes by. Durations in seconds, ratios from 0 to 1."""

    protected_floor: SenderLimits = PROTECTED_FLOOR
    lowest: SenderLimits = LOWEST

    fresh_s: float = 12.0
    """A report older than that says nothing: two heartbeats of 5 s and a little, as for `showing`."""
    shortest_span_s: float = 0.8
    """Two reports closer than that are not compared: a key frame between them would look like a flood."""
    span_of_few_packets_s: float = 5.0
    """Nor are reports that are closer than that, while too few packets came between them to say what is lost."""
    longest_span_s: float = 15.0
    """Two reports farther apart than that say nothing of now."""
    settles_s: float = 1.5
    """After a step the picture needs this long: a change of layer was measured to take 0.5 s, a pause 0.1 s."""

    loses: float = 0.05
    """Packets lost, from which on a display is in trouble: at 2 % nothing froze, at 5 % 0.9 s of 8, measured."""
    loses_too_much_for_base: float = 0.15
    """Packets lost, from which on a display falls to stills at once: at 20 % each way the base layer was measured to stand for
    5 s on one display of two and to end after 14 s on the other; at 10 % it came."""
    heavy_bps: float = 1_000_000
    """From which on that holds: a frame of a picture that needs less is a few packets, and most frames come. Its stills may be
    too small to tell when the link has healed; then beats do."""
    loses_on_base: float = 0.3
    """On the base layer, which was measured to come at full rate and without a freeze at 10 %."""
    loses_little: float = 0.02
    """Packets lost, below which a link is clear."""
    enough_packets: int = 50
    """Fewer say nothing of a ratio."""
    misses: float = 0.6
    """Frames decoded of those it should have got, below which a display is in trouble. A 2 Mbit/s link decodes none."""
    misses_little: float = 0.75
    """Above which a link is clear; at four frames a second one more or less of a span is as much."""
    freezes: float = 0.2
    """Time frozen, from which on a display is in trouble: 10 % loss was measured to freeze 4 to 12 %, with a short jitter buffer
    28 %."""
    key_frames_of_a_span: int = 1
    """With more the picture stands still everywhere, and no link is to blame: a display that asked for two a second was measured
    to freeze the others for 28 % of the time, though every frame came."""
    moving_fps: float = 5.0
    """The presenter must encode so many frames a second before a missing frame means anything: a still screen is no fault."""

    falls_after_s: float = 2.2
    """Trouble that lasts so long is no single lost burst. A display in trouble reports each second."""
    falls_after_spans: int = 2
    """In a row: a presenter's link that was away for a second is seen in one span of every display, and then it is over."""
    falls_for_freezes_after_s: float = 8.0
    """Where every frame came, one that is 0.25 s late is a quarter of a second: a busy computer does that now and then, and so
    does a link that loses 2 %. After 3.5 s displays on such a link were measured to fall, for most of a minute."""
    falls_without_frames_after_s: float = 1.8
    """Nothing decoded at all: one span is enough, where it is longer than a hitch."""
    fits_with: float = 1.1
    """A link must have carried so much more than a step needs: headers and resent packets come on top (8 to 12 %)."""

    rises_after_s: float = 50.0
    """Since the last change, for a trial: with ten seconds for the fall that may undo it, a rise makes two changes a minute."""
    clear_for_s: float = 10.0
    """So long a base layer must have come clearly. Where it lost packets before, its link healed, and that is no trial: with
    heartbeats of 5 s the display rises within 20 s."""
    rise_proved_after_s: float = 60.0
    """A fall before that means that the rise was wrong; after it, failures are forgotten."""
    most_failed_rises: int = 2
    """Each doubles the wait for the next one, up to 200 s: a rise on a thin link costs a frozen picture, and no rise costs a
    healed one its picture."""
    changes_a_minute: int = 2
    """Of one display, and of the sender limits: more would be seen as flicker."""

    plis_a_minute: int = 6
    """Requests for a key frame, which costs everybody bits. A clean display asks for one when it joins, one on a 2 Mbit/s link
    asked for 45 a minute, measured."""

    complies_within_s: float = 8.0
    """A display hears its step by the next heartbeat at the latest, after 5 s, and tells at once what it takes."""
    disobeys_reports: int = 2
    """So many in a row say that a display does not obey: a page that was just loaded says once that it takes everything."""
    unheard_sender_s: float = 2.0
    """The presenter's page is heard each second. What a display missed while it was not may be missing everywhere."""
    sender_loses: float = 0.2
    """Of the presenter's packets on their way to the SFU, from which on the same holds: a link that was away for a second was
    measured to lose 50 to 77 % of one report. What a steady loss takes is mostly sent again."""
    longest_sender_gap_s: float = 3.0
    """The presenter's page is heard each second. A longer gap may be the controller's own, and then no silence counts."""

    limits_fall_to: float = 0.75
    """Of the bit rate, at a fall, or to what the best of the links in trouble just carried, if that is less."""
    limits_fall_by_fps: int = 2
    limits_rise_after_s: float = 50.0
    """Since the last change, as for displays, and most displays must show all of the picture for a minute."""

    alarm_after_s: float = 0.8
    """A protected display's trouble is told at the first span that shows it: the alarm is due within 5 s."""
    alarm_for_freezes_after_s: float = 3.5
    """That frames come late is told so soon: one is a quarter of a second."""

    def floor(self, *, has_protected: bool) -> SenderLimits:
        """The lowest sender limits."""
        return self.protected_floor if has_protected else self.lowest
