"""`python -m backend.server --host 127.0.0.1 --port 8000`: uvicorn as this service needs it."""

import argparse
import asyncio
import gc
import socket
from types import FrameType
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.app import create_app
from backend.logging import configure
from backend.services import Services

GRACE_S = 5  # for requests that are being answered, after SIGTERM
HEAD_TIMEOUT_S = 15.0
MAX_MESSAGE_BYTES = 65_536  # of a websocket's client
GC_THRESHOLDS = (10_000, 20, 50)  # a full collection stops every socket for 50 ms a thousand sockets


class Protocol(H11Protocol):
    """Closes a connection on which the head of a request doesn't come; uvicorn itself would wait for ever."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_protocol() is self:  # else it has become a websocket
            self._watch_head()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_timer()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        """The time runs from the first byte of a head, or the connection, and isn't lengthened by further bytes."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()
        elif self._head_timer is None and self.timeout_keep_alive_task is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class Server(uvicorn.Server):
    """Ends event streams and waiting requests at the first signal: they'd hold up the end for the whole grace time."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What is loaded by now stays loaded: the garbage collector need not look through it again and again."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        services: Services | None = getattr(self._app.state, "services", None)
        if services is not None:
            services.hub.close()
        super().handle_exit(sig, frame)


def make_server(app: FastAPI, *, host: str, port: int) -> Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,  # twice the memory a socket, and ten times the delay
        ws_max_size=MAX_MESSAGE_BYTES,
        timeout_graceful_shutdown=GRACE_S,
    )
    return Server(config, app)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m backend.server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    configure()
    make_server(create_app(), host=arguments.host, port=arguments.port).run()


if __name__ == "__main__":
    main()
