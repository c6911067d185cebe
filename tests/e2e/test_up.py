"""`bin/up` as a person uses it: one command, a picture on the kiosk; Ctrl-C ends all of it; a second start takes seconds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from onebox.processes import ROOT
from onebox.waiting import wait_until
from tests.support.figures import Figures
from tests.support.lab import OUTPUT

pytestmark = pytest.mark.figures


class Terminal:
    """Runs `bin/up` as a terminal does: in a process group of its own, which a Ctrl-C reaches whole."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self.output = state.parent / "up.txt"
        environ = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [str(ROOT / "bin/up"), "--state", str(state), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environ,
                start_new_session=True,
            )

    def wait_for(self, pattern: str, *, timeout_s: float = 90.0) -> re.Match[str]:
        """Wait until something was printed."""
        found = wait_until(
            lambda: re.search(pattern, self.printed()) or (self.has_ended() or None),
            f"bin/up prints {pattern!r}",
            timeout_s=timeout_s,
        )
        assert isinstance(found, re.Match), f"bin/up ended with {self.process.returncode}:\n{self.printed()}"
        return found

    def printed(self) -> str:
        """All that was printed so far."""
        return self.output.read_text()

    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.process.poll() is not None

    def ctrl_c(self) -> list[psutil.Process]:
        """Press Ctrl-C and wait for the end; what is still running then of all that ran before."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=60)
        gone, alive = psutil.wait_procs(children, timeout=5)
        assert gone, "there was nothing to end"
        return alive

    def close(self) -> None:
        """End it whatever happens."""
        if not self.has_ended():
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(timeout=60)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the state is kept."""
    return tmp_path / "state"


@pytest.fixture
def demo(state: Path) -> Iterator[Terminal]:
    """A first start with a demo."""
    terminal = Terminal(state, "--demo")
    yield terminal
    terminal.close()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "up.txt").write_text(re.sub(r"(?m)^(  (?:admin|presenter) +)\S+", r"\1(a password)", terminal.printed()))


def test_one_command_shows_a_picture_and_ctrl_c_ends_everything(demo: Terminal, state: Path, figures: Figures) -> None:
    started_s = time.monotonic()
    accounts = dict(re.findall(r"(?m)^  (admin|presenter) +(\S{16})$", demo.wait_for(r"(?s).*Dashboard ").group(0)))
    assert set(accounts) == {"admin", "presenter"}
    shown = demo.wait_for(r"kiosk-1: shows it at ([\d.]+) frames/s; a picture is (\d+) ms old")
    figures.add("bin/up --demo: first start to telling of the picture, set up before", time.monotonic() - started_s, unit="s")
    figures.add("bin/up --demo: age of a picture as it appears, mean", float(shown.group(2)), unit="ms")
    demo.wait_for(r"The presenter page says: 1 of 1 screen showing")
    assert "ssh -L" in demo.printed(), "on a machine without a screen it tells how a laptop presents to it"
    assert "counted on lo" in demo.printed()
    assert (state / "kiosk-1.png").exists()

    os.kill(child_of(demo, "steward"), signal.SIGKILL)
    demo.wait_for(r"steward ended by a fault and was started again")

    assert demo.ctrl_c() == []
    assert demo.process.returncode == 0


def child_of(terminal: Terminal, part: str) -> int:
    """The process id of a part of the controller."""
    children = psutil.Process(terminal.process.pid).children(recursive=True)
    return next(child.pid for child in children if child.cmdline()[-3:] == ["-m", "controller", part])


def test_a_second_start_takes_seconds_and_more_kiosks_wait(state: Path, figures: Figures) -> None:
    first = Terminal(state, "--no-kiosk")
    first.wait_for("Ctrl-C ends everything")
    first.ctrl_c()
    started_s = time.monotonic()
    second = Terminal(state, "--kiosks", "2")
    try:
        second.wait_for("Ctrl-C ends everything")
        figures.add("bin/up: second start", time.monotonic() - started_s, unit="s", expected=10.0)
        assert "Note their passwords" not in second.printed(), "passwords are shown at the first start only"
        log = state / "log" / "web.log"
        wait_until(
            lambda: len(re.findall(r"display registered .* state=(\w+)", log.read_text())) == 2 or None, "both kiosks register"
        )
        assert sorted(re.findall(r"display registered .* state=(\w+)", log.read_text())) == ["approved", "pending"]
        third = Terminal(state, "--no-kiosk")
        third.wait_for("another bin/up runs on")
        assert third.process.wait(timeout=20) == 1
    finally:
        second.close()


@pytest.mark.parametrize("arguments", [["--kiosks", "many"], ["--kiosks", "21"], ["--no-kiosk", "--kiosks", "2"], ["--what"]])
def test_wrong_arguments_are_named(state: Path, arguments: list[str]) -> None:
    terminal = Terminal(state, *arguments)
    assert terminal.process.wait(timeout=60) == 2
    assert arguments[0] in terminal.printed()


def test_help_needs_no_set_up(state: Path) -> None:
    terminal = Terminal(state, "--help")
    assert terminal.process.wait(timeout=20) == 0
    assert "--demo" in terminal.printed()
    assert not state.exists()
