"""`python -m backend.server --host 127.0.0.1 --port 8000`: uvicorn as this service needs it."""

import argparse
from types import FrameType

import uvicorn
from fastapi import FastAPI

from backend.app import create_app
from backend.logging import configure
from backend.services import Services

GRACE_S = 5  # for requests that are being answered, after SIGTERM
MAX_MESSAGE_BYTES = 65_536  # of a websocket's client


class Server(uvicorn.Server):
    """Ends event streams and waiting requests at the first signal: they'd hold up the end for the whole grace time."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

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
