"""The editor page as it was built (`frontend/` → `backend/page/`): `/` and `/assets/*`. Knows no service behind it."""

from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE = Path(__file__).parent / "page"
NOT_BUILT = """Respell's API answers here; its editor page isn't built.

To build it: make page
The API is described in /openapi.json.
"""

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # Radix locks the page behind a dialog with a style element
    "img-src": "'self' blob: data:",
    "font-src": "'self'",
    "connect-src": "'self' blob:",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in _POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # a file's name holds the hash of its content
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class _Headers:
    """Adds them to every answer that is no refusal."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def index(_request: Request) -> Response:
    """The page; its files are named in it, so it is asked for anew each time."""
    if not (PAGE / "index.html").is_file():
        return PlainTextResponse(NOT_BUILT)
    return FileResponse(PAGE / "index.html", media_type="text/html; charset=utf-8")


def install_page(app: FastAPI) -> None:
    """Adds the page's two paths to those of the API."""
    compressed = Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6)
    assets = StaticFiles(directory=PAGE / "assets", check_dir=False)
    app.router.routes += [
        Route("/", index, middleware=[Middleware(_Headers, PAGE_HEADERS), compressed]),
        Mount("/assets", assets, middleware=[Middleware(_Headers, ASSET_HEADERS), compressed]),
    ]
