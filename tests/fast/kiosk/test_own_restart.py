"""What a kiosk that starts again leaves to the program after it, and that it leaves no process behind."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kiosk.own_restart import Inheritance, Restarts, inheritance

LEAVES_NOBODY = """
import subprocess, sys
from kiosk.own_restart import end_children
mother = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
found = [subprocess.Popen([sys.executable, "-c", mother], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
grandchildren = [child.stdout.readline().decode().strip() for child in found]
end_children(but=found[0].pid)
print(found[0].poll(), found[1].poll(), *grandchildren)
found[0].kill()
"""


def test_a_first_start_inherits_nothing() -> None:
    assert inheritance([]) == Inheritance()
    assert Inheritance().take_picture() is None


def test_what_the_program_before_says_is_understood() -> None:
    told = ["--restarts=2", "--restarted-for=large", "--picture=7", "--stand-in=8", "--stand-in-pid=9"]
    assert inheritance(told) == Inheritance(Restarts(2, "large"), picture=7, stand_in=8, stand_in_pid=9)


def test_restarts_are_counted_with_the_last_ones_reason() -> None:
    assert Restarts().and_for("large").and_for("stuck") == Restarts(2, "stuck")


def test_a_picture_is_handed_over_in_memory() -> None:
    picture = os.memfd_create("picture")
    os.write(picture, b"a PNG")
    assert Inheritance(picture=picture).take_picture() == b"a PNG"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(picture)


def test_no_process_outlives_the_kiosk_but_the_one_that_stands_in() -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES_NOBODY], capture_output=True, text=True, check=True, timeout=60)
    spared, ended, *grandchildren = done.stdout.split()
    assert (spared == "None", ended == "None") == (True, False)
    assert [pid for pid in grandchildren if os.path.exists(f"/proc/{pid}/cwd")] == []


STANDS_IN = """
import sys, time
from PySide6.QtGui import QColor, QImage
from kiosk.own_restart import StandIn
from kiosk.window import png_of
image = QImage(64, 36, QImage.Format.Format_RGB32)
image.fill(QColor("red"))
stand_in = StandIn(png_of(image))
until = time.monotonic() + 50
while not stand_in.is_up and time.monotonic() < until:
    time.sleep(0.02)
was_running = stand_in._process.poll() is None
stand_in._process.stdin.close()
print(was_running, stand_in._process.wait(20))
"""


def test_the_stand_in_stands_until_whoever_inherits_it_lets_it_go() -> None:
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", STANDS_IN], env=environ, capture_output=True, text=True, check=False, timeout=90)
    assert done.stdout.split() == ["True", "0"], done.stderr
