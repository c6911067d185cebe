"""A small TCP proxy between machines and a part, whose connections can be cut or held, and that counts who asked what."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass

READS_BYTES = 65_536
METHODS = (b"GET ", b"POST ", b"PUT ", b"DELETE ")

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a reset: what was cut says no goodbye."""


@dataclass(frozen=True)
class Request:
    """The first line of a request, and which machine sent it."""

    machine: str
    line: str


class Relay:
    """Listens on one address and hands everything on to another."""

    def __init__(self, address: str, target: tuple[str, int], *, port: int = 0) -> None:
        self._target = target
        self._listener = socket.create_server((address, port))
        self.address: str
        self.port: int
        self.address, self.port = self._listener.getsockname()[:2]
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._connections: set[_Connection] = set()
        self._requests: list[Request] = []
        threading.Thread(target=self._accept, name=f"relay-{self.port}", daemon=True).start()

    def cut(self, machine: str | None = None) -> int:
        """Break the open connections, of one machine or all; how many there were. New ones are let in."""
        with self._lock:
            cut = [one for one in self._connections if machine in (None, one.machine)]
        for one in cut:
            one.cut()
        return len(cut)

    def hold(self) -> None:
        """Hand nothing on from now on, and close nothing: a part that froze, or a firewall that forgot."""
        self._flows.clear()

    def release(self) -> None:
        """Hand on again, also what was held."""
        self._flows.set()

    def count(self, beginning: str, machine: str | None = None) -> int:
        """How many requests of a machine, or of all, began with these words since the start."""
        with self._lock:
            return sum(machine in (None, one.machine) and one.line.startswith(beginning) for one in self._requests)

    def close(self) -> None:
        """Listen no more and break what is open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever accepts
        self._listener.close()
        self.cut()
        self.release()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, (machine, *_) = self._listener.accept()
                threading.Thread(target=self._serve, args=(client, machine), daemon=True).start()

    def _serve(self, client: socket.socket, machine: str) -> None:
        try:
            server = socket.create_connection(self._target, timeout=5)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        server.settimeout(None)
        connection = _Connection(machine, client, server)
        with self._lock:
            self._connections.add(connection)
        connection.carry(self._flows, self._note)
        with self._lock:
            self._connections.remove(connection)

    def _note(self, machine: str, data: bytes) -> None:
        if data.startswith(METHODS):
            line = data.partition(b"\r\n")[0].decode("latin-1")
            with self._lock:
                self._requests.append(Request(machine, line))


class _Connection:
    """One machine's connection, and ours to the target for it."""

    def __init__(self, machine: str, client: socket.socket, server: socket.socket) -> None:
        self.machine = machine
        self._client, self._server = client, server
        self._is_cut = False

    def carry(self, flows: threading.Event, note: Callable[[str, bytes], None]) -> None:
        """Carry both ways until both ends are done, then close."""
        back = threading.Thread(target=self._pump, args=(self._server, self._client, flows, None), daemon=True)
        back.start()
        self._pump(self._client, self._server, flows, note)
        back.join()
        self._client.close()
        self._server.close()

    def cut(self) -> None:
        """Make closing both ends a reset, and wake those who carry, who then close."""
        self._is_cut = True
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RD)

    def _pump(
        self, source: socket.socket, sink: socket.socket, flows: threading.Event, note: Callable[[str, bytes], None] | None
    ) -> None:
        try:
            while data := source.recv(READS_BYTES):
                if note is not None:
                    note(self.machine, data)
                flows.wait()
                sink.sendall(data)
            if not self._is_cut:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()
