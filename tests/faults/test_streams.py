"""As many event streams as may be open, and then no word of their readers: nobody else waits, and nothing is held."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from controller import gunicorn_conf
from controller.web.event_streams import LOOKS_FOR_READER_S
from controller.web.stream_cap import MAX_STREAMS
from onebox.processes import ROOT
from onebox.waiting import NotInTime, wait_until
from tests.faults import rows
from tests.faults.lone_controller import Joined, Kept, LoneController, Probe
from tests.faults.namespaces import Host, Network
from tests.faults.trials import Trials

WORKERS, DISPLAYS = 2, 5
OWN_THREADS = 3
"""Of a worker, beside those that answer: its main one, one that hears hints, one that ends streams."""


@pytest.fixture
def host(namespaces: None) -> Iterator[Host]:
    """Another machine."""
    del namespaces
    network = Network()
    yield network.add_host("reader")
    network.close()


@pytest.fixture
def lone(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneController]:
    """A controller that the other machine reaches."""
    made = LoneController(tmp_path_factory.mktemp("lone"), bind=host.gateway)
    made.start()
    yield made
    made.stop()


def test_streams_that_fall_silent_hold_nothing_and_keep_nobody(lone: LoneController, host: Host, trials: Trials) -> None:
    numbers = itertools.count(1)
    displays = join(lone, numbers)
    with readers(lone, host, displays), probing(lone, displays[0]):
        pass  # what is kept once it was needed
    descriptors = settled_descriptors_of(lone)

    def fall_silent() -> Kept:
        displays = join(lone, numbers)
        with readers(lone, host, displays):
            with probing(lone, displays[0]) as probes:
                host.cut()
                began = time.monotonic()
                wait_for_descriptors(lone, descriptors + len(probes))
            wait_for_descriptors(lone, descriptors)
            back_s = time.monotonic() - began
        host.mend()
        assert threads_of(lone) <= WORKERS * (gunicorn_conf.threads + OWN_THREADS)
        assert [failed for probe in probes for failed in probe.failed] == []
        return {rows.STREAMS_OTHERS: max(probe.p95_ms for probe in probes), rows.STREAMS_BASELINE: back_s}

    trials.repeat_alone(rows.STREAMS, fall_silent)


def join(lone: LoneController, numbers: Iterator[int]) -> list[Joined]:
    """As many new displays as it takes to fill both workers, whichever takes their connections."""
    return [lone.join(f"reader-{next(numbers)}") for _ in range(DISPLAYS)]


@contextmanager
def readers(lone: LoneController, host: Host, displays: Sequence[Joined]) -> Iterator[None]:
    """Both workers are full of streams meanwhile."""
    program = (sys.executable, "-m", "tests.faults.stream_readers", lone.box.url, str(WORKERS * MAX_STREAMS))
    command = [*host.within, *program, *(display.token for display in displays)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            assert said["opened"] == WORKERS * MAX_STREAMS, said
            assert said["refused"] > 0, said
            yield
        finally:
            process.kill()


@contextmanager
def probing(lone: LoneController, display: Joined) -> Iterator[list[Probe]]:
    """What everybody else asks meanwhile."""
    admin = {"Authorization": str(lone.admin().headers["Authorization"])}
    probes = [
        Probe(f"{lone.box.url}/healthz"),
        Probe(f"{lone.box.url}/login"),
        Probe(f"{lone.box.url}/static/css/base.css"),
        Probe(f"{lone.box.url}/api/admin/livekit/displays?session_id=1", every_s=0.2, headers=admin),
        Probe(f"{lone.box.url}/api/device/v1/heartbeat", every_s=0.2, headers=display.headers, body=display.heartbeat),
    ]
    with ExitStack() as watching:
        for probe in probes:
            watching.enter_context(probe.watching())
        yield probes


def descriptors_of(lone: LoneController) -> int:
    """Open files and connections of the workers; those to the stores, which are kept once they were needed, left out."""
    return sum(worker.num_fds() - len(worker.net_connections("unix")) for worker in lone.workers())


def wait_for_descriptors(lone: LoneController, at_most: int) -> None:
    """Wait until no more are open. Raises NotInTime, which says what is."""
    try:
        wait_until(lambda: descriptors_of(lone) <= at_most, f"{at_most} descriptors at most", timeout_s=90)
    except NotInTime as error:
        left = [connection for worker in lone.workers() for connection in worker.net_connections()]
        raise NotInTime(f"{error}; {descriptors_of(lone)} are open, of them {left}") from error


def settled_descriptors_of(lone: LoneController) -> int:
    """Those that are left when every stream has noticed that its reader left."""
    seen, since = -1, time.monotonic()

    def settled() -> int | None:
        nonlocal seen, since
        if descriptors_of(lone) != seen:
            seen, since = descriptors_of(lone), time.monotonic()
        return seen if time.monotonic() - since > 5 * LOOKS_FOR_READER_S else None

    return wait_until(settled, "descriptors stay as they are", timeout_s=120)


def threads_of(lone: LoneController) -> int:
    """Threads of the workers."""
    return sum(worker.num_threads() for worker in lone.workers())
