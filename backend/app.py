"""The web process, put together: `python -m backend.server`, or `uvicorn backend.app:create_app --factory`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import WebSocketRoute

from backend import edits, events, generations, health, images, maps, problems
from backend.editor import install_page
from backend.metrics import HttpMetrics
from backend.problems import REQUEST_ID_HEADER
from backend.requests import RequestLog
from backend.schema import CONTRACT_VERSION, DESCRIPTION, install_schema
from backend.security import Gate, Policy
from backend.services import open_services
from backend.settings import ApiKeys
from worker.settings import Settings

EXPOSED_HEADERS = (
    "ETag",
    "Location",
    "Preference-Applied",
    "Retry-After",
    "Idempotent-Replayed",
    REQUEST_ID_HEADER,
)


def create_app(settings: Settings | None = None, keys: ApiKeys | None = None) -> FastAPI:
    """By default with the settings of the environment. Connects to nothing before it is started."""
    settings = Settings.from_env() if settings is None else settings
    keys = ApiKeys.from_env() if keys is None else keys
    metrics = HttpMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, metrics) as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="Respell",
        version=CONTRACT_VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestLog, metrics),
            *_cors(settings.allowed_origins),
            Middleware(Gate, Policy(keys, settings.allowed_origins)),
        ],
        redirect_slashes=False,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    for room in (images, edits, generations, maps, events, health):
        app.include_router(room.router)
    app.router.routes.append(WebSocketRoute(events.SOCKET_PATH, events.edit_socket))
    install_page(app)
    problems.install(app)
    install_schema(app)
    return app


def _cors(allowed_origins: tuple[str, ...]) -> list[Middleware]:
    """So that pages of those origins may read the answers; without any there is nothing to add."""
    if not allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=allowed_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
            max_age=600,
        )
    ]
