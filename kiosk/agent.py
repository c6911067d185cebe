"""Owns the lifecycle. Waits for nobody: the threads that talk to the controller and the page post events into its queue."""

from __future__ import annotations

import itertools
import logging
import queue
import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from kiosk import generation, network, telemetry
from kiosk.controller_client import (
    BUSY,
    ControllerAnsweredNonsense,
    ControllerClient,
    ControllerRefused,
    ControllerTrouble,
    TakenStill,
)
from kiosk.lifecycle import (
    CommandAnswered,
    Effect,
    Ending,
    Event,
    KeyShared,
    KioskState,
    LinkLost,
    RunSuperseded,
    StateHeard,
    StreamEnded,
    ViewerReported,
    step,
    trouble_of,
)
from kiosk.link_trouble import seen_from_here
from kiosk.own_restart import Restarts
from kiosk.page_care import PageCare
from kiosk.page_server import PageRefused, PageReport, PageServer
from kiosk.retry_delays import Retries, unhurried_s
from kiosk.settings import Settings
from kiosk.view import view
from kiosk.watchdog import Watchdog
from wire.command import Command, CommandResult
from wire.display import DisplayState, Heartbeat, Hello, RoomToken, ViewerReport
from wire.refusal import Refusal

log = logging.getLogger(__name__)

TICK_S = 1.0
NETWORK_LOOK_S = 0.5
"""How soon a cable that is put in is noticed."""

SESSION_LOOK_S = 1.0
"""How soon the event stream begins once there is a session; heartbeats carry everything meanwhile."""

STUMBLE_PAUSE_S = 3.0
"""After an error that nobody foresaw; well under the ten seconds that the watchdog grants the agent."""

CONFLICT_PAUSE_S = 20.0
"""Until the next hello after another machine spoke with this display's key: an admin must decide first, and each hello takes the
session from the other machine."""

OF_THE_SESSION = ("no_session", "conflict", "superseded")
"""Refusals that every request meets alike."""

T = TypeVar("T")

PictureCheck = Callable[[PageReport], ViewerReport]


class Agent:
    """One kiosk's agent. `check_picture` completes a page's report with what stands on the glass."""

    def __init__(
        self,
        settings: Settings,
        state: KioskState,
        client: ControllerClient,
        watchdog: Watchdog,
        care: PageCare,
        restarts: Restarts,
        check_picture: PictureCheck,
    ) -> None:
        self._settings = settings
        self._state = state
        self._client = client
        self._watchdog = watchdog
        self._care = care
        self._restarts = restarts
        self._check_picture = check_picture
        self._events: queue.Queue[Event] = queue.Queue()
        self._beat_now = threading.Event()
        self._stopping = threading.Event()
        self._network_gained = threading.Event()
        self._silent = threading.Event()
        """Set when the controller is asked no more: stopped, or another run took this display over."""
        self._run_id = secrets.token_hex(16)
        self._sequence = itertools.count()
        self._session_token: str | None = None
        self._session_has_held = False
        """Whether the session carried a heartbeat. One that is lost before is not begun again at once, or hello would spin."""
        self._enrolment_key = settings.enrolment_key
        self._unanswered: Command | None = None

    def hear_page(self, report: PageReport) -> None:
        """The page's report, each second."""
        self._watchdog.beat("page")
        self._events.put(ViewerReported(self._check_picture(report)))

    def room_token(self) -> RoomToken:
        """A room token for the page. Raises PageRefused."""
        return self._asked(self._client.livekit_token)

    def still(self, known_etag: str | None) -> TakenStill:
        """The presenter's newest still for the page. Raises PageRefused."""
        return self._asked(lambda token: self._client.still(token, known_etag))

    def start(self, page: PageServer) -> None:
        """Talk to controller and page from now on."""
        page.show(view(self._state), time.monotonic())
        threads: dict[str, Callable[[], None]] = {
            "agent": lambda: self._run(page),
            "heartbeat": self._keep_in_touch,
            "events": self._follow,
            "network": self._watch_network,
        }
        for name, work in threads.items():
            threading.Thread(target=self._go_on, args=(work,), name=name, daemon=True).start()

    def leave_room(self) -> None:
        """Let the page be in no room any more: the kiosk ends."""
        self._events.put(Ending())

    def stop(self) -> None:
        """Talk no more."""
        self._stopping.set()
        self._silent.set()
        self._beat_now.set()

    def _asked(self, ask: Callable[[str], T]) -> T:
        """What the controller answers, asked with the session token. Raises PageRefused."""
        token = self._session_token
        if token is None:
            raise PageRefused(Refusal(error="no_session", message="the controller has not been reached yet"))
        try:
            return ask(token)
        except ControllerRefused as refusal:
            raise PageRefused(Refusal(error=refusal.code, message=str(refusal))) from refusal
        except ControllerTrouble as trouble:
            raise PageRefused(Refusal(error="controller_unreachable", message=str(trouble))) from trouble

    def _go_on(self, work: Callable[[], None]) -> None:
        """The outermost loop of a thread: work that ends by an unforeseen error is begun again."""
        while not self._stopping.is_set():
            try:
                work()
                return
            except Exception:
                log.exception("unforeseen error thread=%s goes_on_in_s=%.0f", threading.current_thread().name, STUMBLE_PAUSE_S)
            self._stopping.wait(STUMBLE_PAUSE_S)

    def _run(self, page: PageServer) -> None:
        while not self._stopping.is_set():
            self._watchdog.beat("agent")
            try:
                event = self._events.get(timeout=TICK_S)
            except queue.Empty:
                continue
            before = self._state
            self._state, effects = step(before, event, time.monotonic())
            _log_change(before, self._state)
            self._care.hear_standstill(self._state.viewer.standstill, time.monotonic())
            for effect in effects:
                self._carry_out(effect, page)
            page.show(view(self._state), time.monotonic())

    def _carry_out(self, effect: Effect, page: PageServer) -> None:
        match effect:
            case Effect.BEAT_NOW:
                self._beat_now.set()
            case Effect.REMEMBER_SFU:
                page.sfu_url = self._state.display.sfu_url if self._state.display else None
            case Effect.ANSWER_COMMAND:
                self._unanswered = self._state.command
                self._beat_now.set()
            case Effect.RELOAD_PAGE:
                self._care.ask("reload")
            case Effect.RESTART:
                self._care.ask("restart")

    def _keep_in_touch(self) -> None:
        """Hello, then heartbeats; again and again."""
        retries = Retries()
        wait_s = 0.0
        while not self._silent.is_set():
            self._pause(wait_s)
            if self._network_gained.is_set():
                self._network_gained.clear()
                retries.succeed()  # what failed for long on another network may work at once on this one
            self._watchdog.beat("heartbeat")
            token = self._session_token
            try:
                if token is not None:
                    self._answer_command(token)
                display = self._hello() if token is None else self._heartbeat(token)
            except ControllerTrouble as trouble:
                wait_s = self._after_trouble(trouble, retries)
            else:
                self._session_has_held = token is not None
                if self._session_has_held:
                    retries.succeed()
                wait_s = display.heartbeat_every_s
                self._events.put(StateHeard(display))
        self._watchdog.retire("heartbeat")

    def _pause(self, wait_s: float) -> None:
        """Wait, alive, until the next heartbeat is due or wanted at once."""
        until_s = time.monotonic() + wait_s
        while (left_s := until_s - time.monotonic()) > 0 and not self._beat_now.wait(min(left_s, TICK_S)):
            self._watchdog.beat("heartbeat")
        self._beat_now.clear()

    def _after_trouble(self, trouble: ControllerTrouble, retries: Retries) -> float:
        """Seconds until the next try."""
        wait_s = _wait_s(retries)
        if isinstance(trouble, ControllerRefused) and trouble.code == "too_many_requests":
            wait_s = unhurried_s(random.random())  # noqa: S311 - as below
        if isinstance(trouble, ControllerRefused) and trouble.code == "no_session" and self._session_token is not None:
            self._session_token = None
            return 0.0 if self._session_has_held else wait_s
        if isinstance(trouble, ControllerRefused) and trouble.code == "conflict":
            self._session_token = None
            self._events.put(KeyShared())
            return CONFLICT_PAUSE_S
        if isinstance(trouble, ControllerRefused) and trouble.code == "superseded":
            self._events.put(RunSuperseded())
            self._silent.set()
            return 0.0
        here = network.look()
        seen = seen_from_here(trouble.trouble, has_link=bool(here.links), has_address=bool(here.addresses))
        self._events.put(LinkLost(seen, wait_s))
        return wait_s

    def _hello(self) -> DisplayState:
        hello = Hello(
            boot_id=telemetry.boot_id(),
            run_id=self._run_id,
            version=self._state.version,
            hardware=telemetry.hardware(),
            wanted_session_id=self._settings.wanted_session_id,
            enrolment_key=self._enrolment_key,
            generation=generation.shown(self._settings.state_dir),
        )
        answer = self._client.hello(hello)
        self._session_token = answer.session_token
        if answer.generation is not None:
            self._keep(answer.generation)
        return answer.display

    def _keep(self, given: str) -> None:
        try:
            generation.keep(self._settings.state_dir, given)
        except OSError as error:
            log.warning("generation not kept folder=%s error=%s", self._settings.state_dir, error)

    def _heartbeat(self, token: str) -> DisplayState:
        machine = telemetry.machine_report(self._care.reloads, self._restarts)
        self._care.hear_memory(machine.kiosk_memory_bytes, time.monotonic())
        heartbeat = Heartbeat(run_id=self._run_id, sequence=next(self._sequence), viewer=self._state.viewer, machine=machine)
        return self._client.heartbeat(heartbeat, token)

    def _answer_command(self, token: str) -> None:
        """Tell the controller that its command is carried out now. Where it does not take that, nothing is done."""
        command = self._unanswered
        if command is None:
            return
        try:
            self._client.answer_command(command.command_id, CommandResult(outcome="done"), token)
        except (ControllerRefused, ControllerAnsweredNonsense) as trouble:
            if _asks_again(trouble):
                raise
            log.warning("command not carried out command=%s cause=%s", command.kind, trouble)
        else:
            log.info("command carried out command=%s", command.kind)
            self._events.put(CommandAnswered(command))
        if self._unanswered is command:  # another may have come meanwhile
            self._unanswered = None

    def _watch_network(self) -> None:
        """Ask at once when a cable is put in again, where the network was to blame; and when the last one is pulled."""
        before = network.look()
        while not self._silent.wait(NETWORK_LOOK_S):
            now = network.look()
            if now != before:
                log.info("network links=%s addresses=%s", _listed(now.links), _listed(now.addresses))
                self._try_on(now, before)
            before = now

    def _try_on(self, now: network.Network, before: network.Network) -> None:
        trouble = self._state.link_trouble
        if trouble is not None and trouble.is_of_network and now.gained_over(before):
            self._network_gained.set()
            self._beat_now.set()
        if before.links and not now.links:
            self._beat_now.set()

    def _follow(self) -> None:
        """Hear of changes at once; what is missed comes with the next heartbeat."""
        retries = Retries()
        wait_s = 0.0
        while not self._silent.wait(wait_s):
            token = self._session_token
            if token is None:
                wait_s = SESSION_LOOK_S
                continue
            if self._hear_stream(token):
                retries.succeed()
                self._events.put(StreamEnded())
            wait_s = _wait_s(retries)

    def _hear_stream(self, token: str) -> bool:
        """Hear one event stream to its end. Whether it had been open."""
        was_open = False
        try:
            for display in self._client.states(token):
                was_open = True
                self._events.put(StateHeard(display))
        except ControllerTrouble as trouble:
            log.debug("event stream ended cause=%s", trouble)
        return was_open


def _asks_again(trouble: ControllerTrouble) -> bool:
    """Whether what was refused for now may be granted later, in this session or the next."""
    return isinstance(trouble, ControllerRefused) and (trouble.status in BUSY or trouble.code in OF_THE_SESSION)


def _wait_s(retries: Retries) -> float:
    return retries.after_failure(time.monotonic(), random.random())  # noqa: S311 - spreads retries, keeps no secret


def _listed(names: frozenset[str]) -> str:
    return ",".join(sorted(names)) or "-"


def _log_change(before: KioskState, after: KioskState) -> None:
    """Log changes, not states: lost once, back once."""
    if before.link is not after.link:
        log.info("controller link=%s cause=%s", after.link.value, after.link_trouble.why if after.link_trouble else "-")
    was = before.display.state if before.display else None
    now = after.display.state if after.display else None
    if was is not now and now is not None:
        log.info("display state=%s", now.value)
    if before.viewer.stage != after.viewer.stage:
        log.info("picture stage=%s presenter=%s", after.viewer.stage, after.viewer.presenter_identity or "-")
    if trouble_of(before.viewer) != trouble_of(after.viewer):
        log.info("picture trouble=%s", trouble_of(after.viewer) or "none")
    if before.viewer.join_trouble != after.viewer.join_trouble:
        log.info("room trouble=%s", after.viewer.join_trouble or "none")
    if before.viewer.last_remedy != after.viewer.last_remedy and after.viewer.last_remedy is not None:
        log.info("picture remedy=%s", after.viewer.last_remedy)
