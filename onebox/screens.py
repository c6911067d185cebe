"""Virtual screens: Xvfb, whose pixels are read from the file it keeps them in, which costs nothing."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from PIL import Image

from onebox.processes import Process
from onebox.waiting import NotInTime, wait_until

FIRST_NUMBER = 60
LAST_NUMBER = 200
"""X display numbers that are tried."""

XWD_HEADER = struct.Struct(">25I")
BYTES_PER_COLOUR = 12


class NoScreen(Exception):
    """Xvfb did not start."""


class VirtualScreen:
    """One Xvfb."""

    def __init__(self, folder: Path, name: str, *, width: int = 1280, height: int = 720) -> None:
        self.width, self.height = width, height
        self._folder, self._name = folder, name
        self._process: Process | None = None
        self._pixels: mmap.mmap | None = None
        self._offset = self._row_bytes = 0
        self.display = ""

    def start(self) -> None:
        """Take the first free display number. Raises NoScreen."""
        for number in range(FIRST_NUMBER, LAST_NUMBER):
            if not Path(f"/tmp/.X{number}-lock").exists() and self._start_as(number):  # noqa: S108 - X's own place for its locks
                return
        raise NoScreen("Xvfb did not start on any display number")

    def stop(self) -> None:
        """End it."""
        if self._pixels is not None:
            self._pixels.close()
        if self._process is not None:
            self._process.stop()

    @property
    def process(self) -> Process:
        """Its process. Raises NoScreen before the start."""
        if self._process is None:
            raise NoScreen("the screen was not started")
        return self._process

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Red, green and blue of one pixel, as it is now."""
        if self._pixels is None:
            raise NoScreen("the screen was not started")
        start = self._offset + y * self._row_bytes + 4 * x
        blue, green, red = self._pixels[start : start + 3]
        return red, green, blue

    def image(self) -> Image.Image:
        """The whole screen, as it is now."""
        if self._pixels is None:
            raise NoScreen("the screen was not started")
        raw = self._pixels[self._offset : self._offset + self.height * self._row_bytes]
        return Image.frombytes("RGB", (self.width, self.height), raw, "raw", "BGRX", self._row_bytes, 1)

    def save(self, path: Path) -> Path:
        """Keep a picture of the screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.image().save(path)
        return path

    def _start_as(self, number: int) -> bool:
        frame_buffer = self._folder / f"screen-{self._name}-{number}"
        frame_buffer.mkdir(parents=True, exist_ok=True)
        size = f"{self.width}x{self.height}x24"
        command = ["Xvfb", f":{number}", "-screen", "0", size, "-nolisten", "tcp", "-fbdir", str(frame_buffer)]
        process = Process(f"screen {self._name}", command, log=self._folder / "log" / f"screen-{self._name}.log")
        process.start()
        socket = Path(f"/tmp/.X11-unix/X{number}")  # noqa: S108 - X's own place for its sockets
        try:
            wait_until(lambda: socket.exists() or not process.is_running, "Xvfb listens", timeout_s=10)
            if not process.is_running:
                return False
            self._map(frame_buffer / "Xvfb_screen0")
        except NotInTime:
            process.kill()
            return False
        self._process, self.display = process, f":{number}"
        return True

    def _map(self, path: Path) -> None:
        """The file is an XWD: a header, a colour map, then rows of 32-bit pixels (X11/XWDFile.h)."""
        wait_until(lambda: self._read_header(path), "Xvfb's frame buffer", timeout_s=5)
        with path.open("rb") as file:
            self._pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def _read_header(self, path: Path) -> bool:
        """Whether the file is whole; Xvfb makes it in steps."""
        raw = path.read_bytes()[: XWD_HEADER.size] if path.exists() else b""
        if len(raw) < XWD_HEADER.size:
            return False
        header = XWD_HEADER.unpack(raw)
        self._row_bytes = header[12]
        self._offset = header[0] + header[19] * BYTES_PER_COLOUR
        return self._row_bytes > 0 and path.stat().st_size >= self._offset + self.height * self._row_bytes
