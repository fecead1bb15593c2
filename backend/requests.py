"""One line in the log and one count for each request, under an id that the client is told. Reads no bodies."""

import logging
import re
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.logging import request_id
from backend.metrics import HttpMetrics
from backend.problems import REQUEST_ID_HEADER

logger = logging.getLogger(__name__)

QUIET_ROUTES = ("/healthz", "/readyz", "/metrics")
METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "WEBSOCKET")
NOT_ANSWERED = 499

_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RequestLog:
    """Middleware around all others."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        own_id = scope.setdefault("state", {})["request_id"] = _id_of(scope)
        token = request_id.set(own_id)
        began_at, status = time.perf_counter(), NOT_ANSWERED

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = own_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
            elif message["type"] == "websocket.accept":
                status = 101
                self.metrics.sockets.inc()
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except Exception:
            status = 500 if status == NOT_ANSWERED else status
            raise
        finally:
            if status == 101:
                self.metrics.sockets.dec()
            self._note(scope, status, time.perf_counter() - began_at)
            request_id.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope.get("method", "WEBSOCKET")
        method = method if method in METHODS else "OTHER"
        route = _route_of(scope)
        code = scope["state"].get("problem_code")
        self.metrics.count(method=method, route=route, status=status, code=code, seconds=seconds)
        level = logging.DEBUG if route in QUIET_ROUTES else logging.INFO
        fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        logger.log(level, "request", extra=fields if code is None else {**fields, "code": code})


def _route_of(scope: Scope) -> str:
    """Its path with the names of its parameters. Only FastAPI's own routes say that they were taken."""
    taken = scope.get("route")
    if taken is None and (called := scope.get("endpoint")) is not None:
        taken = next((route for route in scope["app"].routes if called in _called_by(route)), None)
    return getattr(taken, "path", "unknown")


def _called_by(route: BaseRoute) -> tuple[object, object]:
    return getattr(route, "endpoint", None), getattr(route, "app", None)  # a folder of files has no endpoint


def _id_of(scope: Scope) -> str:
    """The client's own id if it is a plain one."""
    name = REQUEST_ID_HEADER.lower().encode()
    for header, value in scope["headers"]:
        if header == name and _GIVEN_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode())
    return secrets.token_hex(8)
