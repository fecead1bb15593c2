"""A network that can be cut: a port of its own in front of whichever server is behind it now."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Relay:
    """`with Relay(port) as relay`: connections to `relay.url` go to `target_port`; `cut` ends all that are open."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.num_connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def cut(self) -> None:
        with self._lock:
            for end in self._open:
                _shut(end)
            self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.num_connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), 10)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open += [client, server]
            left = [2]  # directions
            self._start(self._copy, client, server, left)
            self._start(self._copy, server, client, left)

    def _copy(self, source: socket.socket, sink: socket.socket, left: list[int]) -> None:
        with contextlib.suppress(OSError):  # cut
            while data := source.recv(65536):
                sink.sendall(data)
        _shut(source)
        _shut(sink)
        with self._lock:
            left[0] -= 1
            is_last = left[0] == 0
        if is_last:
            source.close()
            sink.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is already
        end.shutdown(socket.SHUT_RDWR)
