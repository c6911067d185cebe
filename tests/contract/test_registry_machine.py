"""The registry in real stores against a model in dictionaries: whatever happens in whatever order, both say the same.

Hypothesis draws the order. After each step the registry, its index, the enrolment keys and the audit log are compared with the
model (`registry_model`), and what must always hold is asked of the stores alone.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import redis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from controller.parts import Parts
from controller.rules.admission import Act
from controller.rules.audit_chain import BEGINNING, Actor, ActorKind, Head, walk
from controller.rules.presenting import Claim
from controller.services import display_registry, keys
from controller.services.admissions import Caller
from controller.services.decisions import Order
from controller.services.device_identity import Proof
from controller.services.device_sessions import DeviceSession
from controller.services.display_registry import ChangedMeanwhile, DisplayRecord
from controller.services.stores import Store, StoreUnavailable
from controller.settings import AutoApprove, RequirePairingCode
from onebox.waiting import wait_until
from tests.contract.registry_model import (
    MAX_APPROVED,
    MAX_PENDING,
    TURNED_AWAY,
    Display,
    EnrolmentKey,
    Model,
    Record,
    Refusal,
    Wish,
)
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.own_stores import OwnStore
from tests.support.tallies import Tally
from wire.display import Hardware, Heartbeat, Hello, Role, State

KEY_LIFE = timedelta(hours=1)

MOST_DISPLAYS, MOST_SESSIONS, MOST_KEYS = 8, 4, 5
"""So that what is drawn meets what is there, and looking at everything after each step stays quick."""

admins = st.sampled_from(["ada", "grace"])
roles = st.sampled_from(["normal", "protected"])
wheres = st.sampled_from(["here", "here", "here", "here", "here", 1, 2, 3, 99])
pages = st.sampled_from(["fresh", "fresh", "fresh", "without revision", "stale"])
codes = st.sampled_from(["none", "none", "its own", "another's"])
acts = st.sampled_from(["fitting", "fitting", "fitting", "reject", "revoke", "pending", "resolve"])
machines = st.sampled_from([0, 1])
FITTING = {"pending": "reject", "approved": "revoke", "rejected": "pending", "revoked": "pending", "conflict": "resolve"}


@dataclass
class Machine:
    """One of two with the key of one display."""

    boot: int
    kept: str = ""


@dataclass(frozen=True)
class Controller:
    """The program as it is started with each setting, over the same stores."""

    started_with: dict[tuple[str, str], Parts]
    state: redis.Redis
    live: redis.Redis
    clock: MovableClock
    own_state_store: OwnStore | None = None
    """Where it may be killed."""

    def kill_state_store(self) -> None:
        """Kill it, start it again, and wait until every program has found it."""
        assert self.own_state_store is not None
        self.own_state_store.kill()
        self.own_state_store.start()
        for parts in self.started_with.values():
            wait_until(lambda parts=parts: _answers(parts.stores.state), "the store is found again")  # type: ignore[misc]

    def forget_everything(self) -> None:
        """As before the first start."""
        self.state.flushall()
        self.live.flushall()


@pytest.fixture
def start(make_app: Callable[..., Flask], clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Controller]:
    """Make the controller over these stores. No SFU: whom the room must put out is asked in tests/integration."""
    monkeypatch.setattr(display_registry, "MAX_PENDING", MAX_PENDING)

    def make(state_url: str, live_url: str, own_state_store: OwnStore | None = None) -> Controller:
        started_with = {
            (auto.value, code.value): make_app(
                redis_url=state_url,
                redis_live_url=live_url,
                livekit=None,
                session_max_displays=MAX_APPROVED,
                auto_approve=auto,
                require_pairing_code=code,
            ).extensions["marquee"]
            for auto in AutoApprove
            for code in RequirePairingCode
        }
        state, live = redis.Redis.from_url(state_url, decode_responses=True), redis.Redis.from_url(live_url)
        return Controller(started_with, state, live, clock, own_state_store)

    return make


def _answers(store: Store) -> bool:
    try:
        return bool(store.ping())
    except StoreUnavailable:
        return False


class Registry(RuleBasedStateMachine):
    """Rules draw who does what; `_carry_out` holds the registry to what the model says becomes of it."""

    displays = Bundle("displays")
    copied = Bundle("copied displays")
    enrolment_keys = Bundle("enrolment keys")

    def __init__(self, controller: Controller, tally: Tally) -> None:
        super().__init__()
        self.controller = controller
        self.tally = tally
        self.model = Model()
        self.numbers = itertools.count(1)
        self.head = BEGINNING
        self.told: dict[str, dict[str, Any]] = {}
        """What the audit log said last of each display."""
        self.before: dict[str, DisplayRecord] = {}
        self.pages: dict[int, Claim] = {}
        """The page that presents in each session."""
        self.machines: dict[str, list[Machine]] = {}
        """The two of each copied display."""
        controller.forget_everything()

    @property
    def parts(self) -> Parts:
        """The controller as it runs now."""
        return self.controller.started_with[self.model.auto_approve, self.model.require_code]

    # -- displays --------------------------------------------------------------------------------------------------------------

    @initialize(target=displays)
    def two_displays_wait(self) -> MultipleResults[str]:
        return multiple(self._join(None), self._join(None))

    @initialize(target=enrolment_keys)
    def there_is_an_enrolment_key(self) -> tuple[str, str]:
        return self._make_key(2)

    @initialize()
    def there_is_a_side_stage(self) -> None:
        self.make_session("ada")

    @precondition(lambda self: len(self.model.displays) < MOST_DISPLAYS)
    @rule(target=displays, wanted=st.sampled_from([None, 1, 2, 99]))
    def new_display(self, wanted: int | None) -> str:
        return self._join(wanted)

    @precondition(lambda self: len(self.model.displays) < MOST_DISPLAYS)
    @rule(target=displays, key=enrolment_keys)
    def new_display_with_key(self, key: tuple[str, str]) -> str:
        display_id = f"{next(self.numbers):026d}"
        self._hello("new display with key", display_id, key=key)
        return display_id

    @rule(display_id=displays, key=st.sampled_from([None, None, ("mistyped", "mek1_0_0_0")]))
    def reboot(self, display_id: str, key: tuple[str, str] | None) -> None:
        self._hello("reboot with mistyped key" if key else "reboot", display_id, key=key)

    @rule(display_id=displays)
    def heartbeat(self, display_id: str) -> None:
        if display_id in self.model.displays and display_id in self.model.heard:
            now = self.controller.clock()
            self.model.heartbeat(display_id, now)
            self.parts.window.beat(self._heard(display_id), 1, Heartbeat(run_id="0" * 32, sequence=1), now)
            self.tally.add("heartbeat")

    @precondition(lambda self: len(self.model.displays) < MOST_DISPLAYS)
    @rule(targets=(displays, copied))
    def new_display_that_is_copied(self) -> str:
        display_id = f"{next(self.numbers):026d}"
        self.machines[display_id] = [Machine(next(self.numbers)), Machine(0)]
        self._machine_says_hello("new display that is copied", display_id, 0)
        self.machines[display_id][1].kept = self.machines[display_id][0].kept
        return display_id

    @rule(display_id=copied, which=machines)
    def machine_boots(self, display_id: str, which: int) -> None:
        self.machines[display_id][which].boot = next(self.numbers)
        self._machine_says_hello("one of two machines boots", display_id, which)

    @rule(display_id=copied, which=machines)
    def machine_goes_on(self, display_id: str, which: int) -> None:
        if self.machines[display_id][which].boot:
            self._machine_says_hello("one of two machines goes on", display_id, which)

    @rule(display_id=copied)
    def disk_is_copied_anew(self, display_id: str) -> None:
        first, second = self.machines[display_id]
        second.kept, second.boot = first.kept, 0
        self.tally.add("disk is copied anew")

    @rule(display_id=displays, key=enrolment_keys)
    def reboot_with_key(self, display_id: str, key: tuple[str, str]) -> None:
        self._hello("reboot with key", display_id, key=key)

    @rule(display_id=displays, key=enrolment_keys)
    def reboot_with_key_whose_reply_is_lost(self, display_id: str, key: tuple[str, str]) -> None:
        boot = str(next(self.numbers))
        self._hello("reply lost", display_id, key=key, boot=boot)
        self._hello("asks again", display_id, key=key, boot=boot)

    # -- an admin's acts -------------------------------------------------------------------------------------------------------

    @rule(by=admins, display_id=displays, where=wheres, page=pages, typed=codes, role=roles)
    def approve(self, by: str, display_id: str, where: str | int, page: str, typed: str, role: str) -> None:
        if (found := self._wish(by, display_id, where, page, typed)) is None:
            return
        wish, order, code = found
        self._carry_out(
            f"approve as {role}",
            self.model.approve(wish, role),
            lambda: self.parts.decisions.approve(order, session_id=wish.session_id, role=Role(role), typed_code=code),
        )

    @rule(by=admins, display_id=displays, where=wheres, page=pages, act=acts)
    def turn(self, by: str, display_id: str, where: str | int, page: str, act: str) -> None:
        if (found := self._wish(by, display_id, where, page)) is None:
            return
        wish, order, _ = found
        act = self._fitting(act, display_id)
        if act == "resolve":
            self._resolve(wish, order)
            return
        self._carry_out(
            act,
            self.model.turn(wish, act),
            lambda: self.parts.decisions.decide(order, Act(act), session_id=wish.session_id),
        )

    @precondition(lambda self: any(known.state == "conflict" for known in self.model.displays.values()))
    @rule(by=admins, which=st.integers(0, 3))
    def resolve(self, by: str, which: int) -> None:
        in_conflict = [display_id for display_id, known in self.model.displays.items() if known.state == "conflict"]
        if (found := self._wish(by, in_conflict[which % len(in_conflict)], "here", "fresh")) is not None:
            self._resolve(*found[:2])

    @rule(by=admins, display_id=displays, where=wheres, page=pages)
    def rename(self, by: str, display_id: str, where: str | int, page: str) -> None:
        if (found := self._wish(by, display_id, where, page)) is None:
            return
        wish, order, _ = found
        name = f"display {next(self.numbers)}"
        self._carry_out(
            "rename",
            self.model.rename(wish, name),
            lambda: self.parts.decisions.rename(order, session_id=wish.session_id, name=name),
        )

    @rule(by=admins, display_id=displays, where=wheres, page=pages, to=st.sampled_from([1, 2, 3, 99]))
    def move(self, by: str, display_id: str, where: str | int, page: str, to: int) -> None:
        if (found := self._wish(by, display_id, where, page)) is None:
            return
        wish, order, _ = found
        self._carry_out(
            "move",
            self.model.move(wish, to),
            lambda: self.parts.decisions.move(order, session_id=wish.session_id, to_session_id=to),
        )

    @rule(by=admins, display_id=displays, which=st.integers(0, 3), where=wheres, page=pages, typed=codes)
    def replace(self, by: str, display_id: str, which: int, where: str | int, page: str, typed: str) -> None:
        if (found := self._wish(by, display_id, where, page, typed)) is None:
            return
        wish, order, code = found
        approved = [found for found, known in self.model.displays.items() if known.state == "approved"]
        old_id = approved[which % len(approved)] if approved else display_id
        self._carry_out(
            "replace",
            self.model.replace(wish, old_id),
            lambda: self.parts.decisions.replace(order, session_id=wish.session_id, old_id=old_id, typed_code=code),
        )

    @rule(by=admins, display_id=displays, role=roles)
    def two_clicks_at_once(self, by: str, display_id: str, role: str) -> None:
        if (found := self._wish(by, display_id, "here", "fresh")) is None:
            return
        wish, order, _ = found
        refusal = self.model.approve(wish, role)
        with ThreadPoolExecutor(2) as pool:
            clicks = [
                pool.submit(self.parts.decisions.approve, order, session_id=wish.session_id, role=Role(role)) for _ in range(2)
            ]
        refused = [type(error) for click in clicks if (error := click.exception())]
        assert refused == ([ChangedMeanwhile] if refusal is None else [refusal, refusal])
        self.tally.add(f"two clicks at once: {'one wins' if refusal is None else 'both refused'}")

    # -- sessions, enrolment keys, the controller itself -----------------------------------------------------------------------

    @precondition(lambda self: len(self.model.sessions) + len(self.model.archived) < MOST_SESSIONS)
    @rule(by=admins)
    def make_session(self, by: str) -> None:
        name = f"stage {next(self.numbers)}"
        made = self.parts.sessions.make(name, by=_account(by), at=self.controller.clock())
        assert made.session_id == self.model.make_session(by, name)
        self.tally.add("make session")

    @rule(by=admins, session_id=st.sampled_from([1, 2, 3, 99]))
    def archive_session(self, by: str, session_id: int) -> None:
        self._carry_out(
            "archive session",
            self.model.archive(by, session_id),
            lambda: self.parts.sessions.archive(session_id, by=_account(by), at=self.controller.clock()),
        )

    @rule(by=admins, session_id=st.sampled_from([1, 2, 3, 99]))
    def unarchive_session(self, by: str, session_id: int) -> None:
        self._carry_out(
            "unarchive session",
            self.model.unarchive(by, session_id),
            lambda: self.parts.sessions.unarchive(session_id, by=_account(by), at=self.controller.clock()),
        )

    @precondition(lambda self: len(self.model.keys) < MOST_KEYS)
    @rule(target=enrolment_keys, max_uses=st.integers(1, 3))
    def make_enrolment_key(self, max_uses: int) -> tuple[str, str]:
        return self._make_key(max_uses)

    @rule(by=admins, key=consumes(enrolment_keys))
    def revoke_enrolment_key(self, by: str, key: tuple[str, str]) -> None:
        self.parts.enrolment_keys.revoke(self.model.keys[key[0]].key_id, by=_account(by), now=self.controller.clock())
        self.model.revoke_key(by, key[0])
        self.tally.add("revoke enrolment key")

    @rule(who=st.sampled_from(["grace", "paula"]), session_id=st.sampled_from([1, 2]), takes_over=st.booleans())
    def present(self, who: str, session_id: int, takes_over: bool) -> None:
        """In a new tab, which may have been told whose place it takes."""
        now, current = self.controller.clock(), self.parts.leases.current(session_id)
        claim = Claim(who, f"browser of {who}", takes_over=current.lease_id if takes_over and current else None)

        def take() -> None:
            held = self.parts.leases.take(session_id, claim, last_heard=None, now=now, by=_account(who))
            self.pages[session_id] = dataclasses.replace(claim, secret=held.secret, takes_over=None)

        what = "take over" if takes_over else "present"
        self._carry_out(what, self.model.present(who, session_id, now, takes_over=takes_over), take)

    @rule(session_id=st.sampled_from([1, 2]))
    def stop_presenting(self, session_id: int) -> None:
        if session_id in self.model.presenters:
            page, now = self.pages[session_id], self.controller.clock()
            self.parts.leases.release(session_id, page, by=_account(page.holder), now=now)
            self.model.stop_presenting(session_id)
            self.tally.add("stop presenting")

    @precondition(lambda self: self.controller.own_state_store is not None)
    @rule()
    def state_store_is_killed(self) -> None:
        """Whatever it acknowledged is there again."""
        self.controller.kill_state_store()
        self.tally.add("state store is killed")

    @rule()
    def ten_seconds_pass(self) -> None:
        self.controller.clock.move(10)
        self.tally.add("ten seconds pass")

    @rule()
    def half_an_hour_passes(self) -> None:
        self.controller.clock.move(1_800)
        self.tally.add("half an hour passes")

    @rule(auto_approve=st.sampled_from(AutoApprove), require_code=st.sampled_from(RequirePairingCode))
    def restart(self, auto_approve: AutoApprove, require_code: RequirePairingCode) -> None:
        self.model.auto_approve, self.model.require_code = auto_approve.value, require_code.value
        self.tally.add(f"restart with {auto_approve.value}, code {require_code.value}")

    # -- what must hold --------------------------------------------------------------------------------------------------------

    @invariant()
    def what_is_stored_is_what_must_be(self) -> None:
        found = self._found()
        assert {display_id: _as_modelled(record) for display_id, record in found.items()} == self.model.displays
        assert self.controller.state.hgetall(keys.DISPLAY_INDEX) == {
            display_id: str(record.session_id) for display_id, record in found.items()
        }
        assert {session.session_id: session.name for session in self.parts.sessions.all()} == self.model.sessions
        assert {session.session_id: session.name for session in self.parts.sessions.archived()} == self.model.archived
        self._check_places(found)
        self._check_presenters()
        self._check_history(found)
        self._check_keys()
        self._check_audit_log(found)
        self.before = found

    def _found(self) -> dict[str, DisplayRecord]:
        found: dict[str, DisplayRecord] = {}
        for session_id in (*self.model.sessions, *self.model.archived):
            for record in self.parts.registry.in_session(session_id):
                assert record.display_id not in found, "in two sessions"
                assert record.session_id == session_id
                found[record.display_id] = record
        return found

    def _check_places(self, found: dict[str, DisplayRecord]) -> None:
        for session_id in self.model.sessions:
            approved = [record for record in found.values() if (record.session_id, record.state) == (session_id, State.APPROVED)]
            assert len(approved) <= MAX_APPROVED

    def _check_presenters(self) -> None:
        for session_id in self.model.sessions:
            lease = self.parts.leases.current(session_id)
            holder, _ = self.model.presenters.get(session_id, (None, None))
            assert (lease.holder if lease else None) == holder

    def _check_history(self, found: dict[str, DisplayRecord]) -> None:
        for display_id, was in self.before.items():
            if (now := found.get(display_id)) is None:
                assert (was.state, was.decided_by) == (State.PENDING, None), "only who waits unasked is ever forgotten"
                self.tally.add("a silent display gave way")
                continue
            assert now.revision > was.revision or now == was
            if was.state.value in TURNED_AWAY and now.state is not was.state:
                assert self.model.records[-1].what == "display.returned"
            if was.state is State.CONFLICT and now.state is not was.state:
                assert self.model.records[-1].what in ("display.resolved", "display.revoked"), "only an admin ends it"

    def _check_keys(self) -> None:
        for label, key in self.model.keys.items():
            uses = int(self.controller.state.hget(keys.enrolment_key(key.key_id), "uses") or 0)
            assert uses == key.uses <= key.max_uses
            assert uses == sum(record.who == label for record in self.model.records)

    def _check_audit_log(self, found: dict[str, DisplayRecord]) -> None:
        lines = self.parts.audit_log.oldest_first()[self.head.sequence :]
        head = walk(lines, self.head)
        assert isinstance(head, Head), head
        told = [json.loads(line) for line in lines]
        records = [Record(fields["what"], fields["target"], fields["who"]) for fields in told]
        assert records == self.model.records[self.head.sequence :]
        for fields in told:
            self._remember(fields)
        for display_id, record in found.items():
            self._check_told(self.told.get(display_id), record)
        self.head = head

    def _remember(self, fields: dict[str, Any]) -> None:
        after = {"by": fields["by"], **fields["after"]}
        self.told[fields["target"]] = after
        if fields["what"] == "display.replaced":
            self.told[after["replaces"]] = {**self.told[after["replaces"]], "state": "revoked", "role": None}

    def _check_told(self, told: dict[str, Any] | None, record: DisplayRecord) -> None:
        """A display is what the audit log said last, and whom it does not tell of has only ever waited."""
        if told is None:
            assert record.state is State.PENDING
            return
        assert (told["state"], told["session"], told["name"]) == (record.state.value, record.session_id, record.name)
        assert told["role"] == (record.role.value if record.role else None)
        assert told["role"] != "protected" or told["by"] == ActorKind.ACCOUNT.value, "only an admin makes a display protected"

    # -- doing -----------------------------------------------------------------------------------------------------------------

    def _join(self, wanted: int | None) -> str:
        display_id = f"{next(self.numbers):026d}"
        self._hello("new display", display_id, key=None, wanted=wanted)
        return display_id

    def _make_key(self, max_uses: int) -> tuple[str, str]:
        label, now = f"key {next(self.numbers)}", self.controller.clock()
        made = self.parts.enrolment_keys.create(label=label, max_uses=max_uses, life=KEY_LIFE, now=now)
        self.model.keys[label] = EnrolmentKey(max_uses, now + KEY_LIFE, made.key_id)
        self.model.records.append(Record("enrolment_key.made", made.key_id, "operator"))
        self.tally.add("make enrolment key")
        return label, made.key

    def _resolve(self, wish: Wish, order: Order) -> None:
        do = self.parts.decisions.resolve
        self._carry_out("resolve", self.model.resolve(wish), lambda: do(order, session_id=wish.session_id))

    def _machine_says_hello(self, what: str, display_id: str, which: int) -> None:
        """One of two machines, which shows what it keeps and keeps what it is given."""
        machine, was = self.machines[display_id][which], self._state(display_id)
        self._hello(what, display_id, key=None, boot=str(machine.boot), shown=machine.kept)
        record = self.parts.registry.find(display_id)
        if record is not None and record.state is not State.CONFLICT:
            machine.kept = record.generation or machine.kept
        if was != "conflict" and self._state(display_id) == "conflict":
            self.tally.add(f"{what}: two machines are noticed")

    def _state(self, display_id: str) -> str:
        known = self.model.displays.get(display_id)
        return known.state if known else ""

    def _hello(
        self,
        what: str,
        display_id: str,
        *,
        key: tuple[str, str] | None,
        wanted: int | None = None,
        boot: str = "",
        shown: str | None = None,
    ) -> None:
        boot_id, now = f"{int(boot or next(self.numbers)):032x}", self.controller.clock()
        label, text = key or (None, None)
        caller = Caller(Proof(display_id, now), f"key of {display_id}", "192.0.2.7", "")
        hello = Hello(
            boot_id=f"{boot_id[:8]}-{boot_id[8:12]}-{boot_id[12:16]}-{boot_id[16:20]}-{boot_id[20:]}",
            run_id=boot_id,
            version="0.1.0",
            hardware=Hardware(hostname=display_id[-6:]),
            wanted_session_id=wanted,
            enrolment_key=text,
            generation=shown,
        )

        def come() -> None:
            self.parts.admissions.register(caller, hello, now)
            self.parts.device_sessions.begin(DeviceSession(display_id, hello.run_id, hello.boot_id), now)

        refusal = self.model.hello(display_id, hello.boot_id, key=label, wanted_session_id=wanted, now=now, shown=shown)
        self._carry_out(what, refusal, come)
        if refusal is None:
            self._check_given(display_id)

    def _check_given(self, display_id: str) -> None:
        """Another generation where there had to be one, and the same where not."""
        known, record = self.model.displays[display_id], self.parts.registry.get(display_id)
        assert (record.generation != known.given) == known.is_given_another
        known.given = record.generation

    def _heard(self, display_id: str) -> DeviceSession:
        """The run of a display that is heard."""
        heard = self.parts.device_sessions.heard(display_id)
        return DeviceSession(display_id, heard.run_id, heard.boot_id) if heard else DeviceSession(display_id, "0" * 32)

    def _wish(
        self, by: str, display_id: str, where: str | int, page: str, typed: str = "none"
    ) -> tuple[Wish, Order, str | None] | None:
        """What an admin asks, the order it is for the controller, and the code typed; None where the display never came in."""
        known = self.model.displays.get(display_id)
        if known is None:
            return None
        revision = {"fresh": known.revision, "stale": known.revision + 1, "without revision": None}[page]
        code, is_its_own = self._code(display_id, typed)
        session_id = known.session_id if isinstance(where, str) else where
        wish = Wish(by, display_id, session_id, revision, is_its_own)
        return wish, Order(display_id, _account(by), self.controller.clock(), revision), code

    def _fitting(self, act: str, display_id: str) -> str:
        return FITTING[self.model.displays[display_id].state] if act == "fitting" else act

    def _code(self, display_id: str, typed: str) -> tuple[str | None, bool | None]:
        """The code on a screen that shows one, and whether it is the display's own."""
        showing = [found for found, known in self.model.displays.items() if known.state == "pending"]
        screens = [found for found in showing if (found == display_id) == (typed == "its own")]
        if typed == "none" or not screens:
            return None, None
        return self.parts.pairing_codes.of(screens[0]).code, typed == "its own"

    def _carry_out(self, what: str, refusal: Refusal, do: Callable[[], object]) -> None:
        if refusal is None:
            do()
        else:
            with pytest.raises(refusal):
                do()
        self.tally.add(f"{what}: {refusal.__name__ if refusal else 'done'}")


def _account(name: str) -> Actor:
    return Actor(ActorKind.ACCOUNT, name)


def _as_modelled(record: DisplayRecord) -> Display:
    return Display(
        session_id=record.session_id,
        state=record.state.value,
        role=record.role.value if record.role else None,
        reason=record.reason.value if record.reason else None,
        name=record.name,
        boot_id=record.boot_id,
        revision=record.revision,
        code_checked=record.code_checked,
    )


def test_the_registry_is_what_the_model_says_whatever_happens(
    start: Callable[..., Controller], state_store: str, live_store: str, rounds: int, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("two machines use one display's key", "is its disk failing")
    _hold_to_the_model(start(state_store, live_store), "steps of the registry's machine", examples=15 * rounds)


def test_the_registry_is_what_the_model_says_also_when_its_store_is_killed(
    start: Callable[..., Controller], own_state_store: OwnStore, live_store: str, rounds: int, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("two machines use one display's key", "is its disk failing", "store lost")
    _hold_to_the_model(
        start(own_state_store.url, live_store, own_state_store),
        "steps of the registry's machine whose store is killed",
        examples=max(1, rounds // 2),
    )


def _hold_to_the_model(controller: Controller, title: str, *, examples: int) -> None:
    tally = Tally(title)
    try:
        run_state_machine_as_test(
            lambda: Registry(controller, tally),  # type: ignore[arg-type]
            settings=settings(
                max_examples=examples,
                stateful_step_count=50,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        controller.state.close()
        controller.live.close()
