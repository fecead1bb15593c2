"""A picture as a response: its content never changes under its id, and it can do nothing but be looked at."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from backend.blobs import SUFFIX_BY_TYPE

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
    "X-Content-Type-Options": "nosniff",
}
PICTURE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, with an ETag; it never changes.",
        "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in SUFFIX_BY_TYPE},
    },
    304: {"description": "The client has it already (If-None-Match)."},
}


def etag_of(sha256: str) -> str:
    return f'"{sha256}"'


def is_known(request: Request, sha256: str) -> bool:
    """Whether the client says that it has this picture (If-None-Match)."""
    given = request.headers.get("if-none-match", "")
    known = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return etag_of(sha256) in known or given.strip() == "*"


def not_modified(sha256: str, *, max_age_s: int) -> Response:
    return Response(status_code=304, headers=_caching(sha256, max_age_s))


def picture(data: bytes, sha256: str, *, media_type: str, name: str, max_age_s: int) -> Response:
    """`name` is that of a download, without suffix."""
    disposition = f'inline; filename="{name}{SUFFIX_BY_TYPE[media_type]}"'
    headers = {**HEADERS, **_caching(sha256, max_age_s), "Content-Disposition": disposition}
    return Response(data, media_type=media_type, headers=headers)


def _caching(sha256: str, max_age_s: int) -> dict[str, str]:
    """Private: it is one person's photo, and no proxy's."""
    return {"ETag": etag_of(sha256), "Cache-Control": f"private, max-age={max_age_s}, immutable"}
