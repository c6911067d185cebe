"""The controller's own processes are killed, frozen and reloaded: every act is whole or absent, and nobody has to help."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from controller.parts import utc_now
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.approvals import Approvals
from tests.faults.lone_controller import Kept, LoneController, Probe
from tests.faults.trials import Trials

KILLED_EVERY_S = 2.0
APPROVALS_A_ROUND = 50
APPROVALS_A_KILL = 100
FROZEN_S = 30.0
REQUESTS_PER_S = 50


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneController]:
    """One controller for all of these faults."""
    made = LoneController(tmp_path_factory.mktemp("lone"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def approvals(lone: LoneController) -> Approvals:
    """Admins and their displays."""
    return Approvals(lone)


@pytest.mark.smoke
def test_a_killed_worker_leaves_no_approval_half_done(lone: LoneController, approvals: Approvals, trials: Trials) -> None:

    def kill_workers() -> Kept:
        with approvals.going_on(APPROVALS_A_ROUND) as done:
            while not done.wait(KILLED_EVERY_S):
                lone.kill_a_worker()
        faults = approvals.half_applied()
        assert faults == []
        return {rows.HALF_APPLIED: len(faults)}

    trials.repeat_alone(rows.WORKER_KILLED, kill_workers)


@pytest.mark.smoke
def test_a_killed_store_loses_no_acknowledged_approval(lone: LoneController, approvals: Approvals, trials: Trials) -> None:
    assert lone.tells_an_admin()

    def kill_store() -> Kept:
        probe = Probe(f"{lone.box.url}/healthz")
        with probe.watching(), approvals.going_on(APPROVALS_A_KILL) as done:
            done.wait(1.0)
            lone.restart_state_store()
            back_s = seconds_until_control_is_back(lone)
        lost = approvals.lost()
        assert (lost, approvals.half_applied(), probe.failed) == ([], [], [])
        return {
            rows.ACKNOWLEDGED_LOST: len(lost),
            rows.HEALTH_WHILE_KILLED: probe.p95_ms,
            rows.CONTROL_BACK_AFTER_KILL: back_s,
        }

    trials.repeat_alone(rows.REDIS_KILLED, kill_store)


def test_a_frozen_store_holds_nobody_up(lone: LoneController, approvals: Approvals, trials: Trials) -> None:
    assert lone.tells_an_admin()

    def freeze_store() -> Kept:
        probe, store = Probe(f"{lone.box.url}/healthz"), lone.box.parts["state-store"]
        with probe.watching(), approvals.going_on(APPROVALS_A_KILL) as done:
            done.wait(1.0)
            store.signal(signal.SIGSTOP)
            try:
                done.wait(FROZEN_S)
            finally:
                store.signal(signal.SIGCONT)
            back_s = seconds_until_control_is_back(lone)
        assert (approvals.lost(), approvals.half_applied(), probe.failed) == ([], [], [])
        return {rows.HEALTH_ANSWERS: probe.p95_ms, rows.CONTROL_BACK: back_s}

    trials.repeat_alone(rows.REDIS_STOPPED, freeze_store)


@pytest.mark.smoke
def test_a_steward_that_dies_is_replaced_and_one_that_thaws_acts_no_more(lone: LoneController, trials: Trials) -> None:
    def kill_and_freeze() -> Kept:
        killed_s = kill_the_steward(lone)
        frozen_s, late = freeze_the_steward(lone)
        assert late == 0
        return {rows.STEWARD_BACK: max(killed_s, frozen_s), rows.STEWARD_LATE: late}

    trials.repeat_alone(rows.STEWARD_KILLED, kill_and_freeze)


def kill_the_steward(lone: LoneController) -> float:
    """How long until another one looks, which is started in its place."""
    term = wait_until(lambda: lone.term or None, "a steward is in office")
    began, moment = time.monotonic(), utc_now()
    lone.box.parts["steward"].kill()
    wait_until(lambda: lone.box.revive() or None, "it is started again")
    wait_until(lambda: lone.has_looked_since(term, moment), "another steward looks")
    return time.monotonic() - began


def freeze_the_steward(lone: LoneController) -> tuple[float, int]:
    """How long until another one looks, which stood by; and how many terms the frozen one took when it thawed."""
    frozen, another = lone.box.parts["steward"], lone.start_another_steward()
    try:
        wait_until(lambda: "standing by" in another.log_tail(), "the other one stands by")
        term, began, moment = lone.term, time.monotonic(), utc_now()
        frozen.signal(signal.SIGSTOP)
        wait_until(lambda: lone.has_looked_since(term, moment), "the one that stood by looks")
        back_s, next_term = time.monotonic() - began, lone.term
        frozen.signal(signal.SIGCONT)
        wait_until(lambda: "standing by" in frozen.log_tail(3), "the thawed one stands by")
        return back_s, lone.term - next_term
    finally:
        frozen.signal(signal.SIGCONT)
        another.stop()


@pytest.mark.smoke
def test_a_reload_drops_no_request(lone: LoneController, trials: Trials) -> None:
    display = lone.join("reload")

    def reload() -> Kept:
        failed: list[str] = []
        took_s: list[float] = []
        before = {worker.pid for worker in lone.workers()}

        def ask(_: int) -> None:
            began = time.monotonic()
            try:
                answer = requests.post(
                    f"{lone.box.url}/api/device/v1/livekit-token",
                    data=b"{}",
                    headers=display.headers,
                    timeout=30,
                )
                if answer.status_code != 403:  # it waits: whoever is asked says so
                    failed.append(f"{answer.status_code} {answer.text[:100]}")
            except requests.RequestException as error:
                failed.append(repr(error))
            took_s.append(time.monotonic() - began)

        stop = threading.Event()
        with ThreadPoolExecutor(16) as asking:
            lone.reload()
            number = 0
            while not stop.wait(1 / REQUESTS_PER_S):
                asking.submit(ask, number)
                number += 1
                if before.isdisjoint({worker.pid for worker in lone.workers()}):
                    stop.set()
        assert failed == []
        return {rows.RELOAD_FAILED: len(failed), rows.RELOAD_SLOWEST: max(took_s)}

    trials.repeat_alone(rows.RELOADED, reload)


def seconds_until_control_is_back(lone: LoneController) -> float:
    """How long from now until an admin is told of the displays again."""
    began = time.monotonic()
    wait_until(lone.tells_an_admin, "control is back", timeout_s=20)
    return time.monotonic() - began
