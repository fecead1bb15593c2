"""Stored pictures as a page or a download wants them: `?format=`, `quality=`, `box=`, `max_side=`.

Knows query parameters and one child process (`worker.rendering`), which it starts when it is first needed.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from starlette.datastructures import QueryParams

from backend.decoding import DecodePool
from backend.problems import invalid_field
from worker.contract import OutputFormat, OutputOptions
from worker.rendering_protocol import Box, Part, Rendering, pack_request

ContentType: TypeAlias = Literal["image/png", "image/jpeg", "image/webp"]

TIMEOUT_S = 90.0  # 50 megapixels as a lossless WebP take long
MAX_WAITING = 32
MAX_SIDE_PX = 4096

_NAMES = ("format", "quality", "box", "max_side")
_BOX = re.compile(r"([0-9]{1,5}),([0-9]{1,5}),([1-9][0-9]{0,4}),([1-9][0-9]{0,4})")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_TYPE_BY_FORMAT: dict[OutputFormat, ContentType] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

RENDERING_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "format",
        "in": "query",
        "schema": {"type": "string", "enum": list(get_args(OutputFormat))},
        "description": "Another file format; pixels and colour profile stay. By default that of the stored file.",
    },
    {
        "name": "quality",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": OutputOptions().quality},
        "description": "For jpeg and webp; a webp of 100 is lossless.",
    },
    {
        "name": "box",
        "in": "query",
        "schema": {"type": "string", "pattern": f"^{_BOX.pattern}$", "examples": ["120,80,640,200"]},
        "description": "`x,y,width,height`: only this part, in pixels of the picture.",
    },
    {
        "name": "max_side",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_SIDE_PX},
        "description": "The longer side is made no longer than this.",
    },
]


LOSSLESS = Rendering("png", OutputOptions().quality)
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def is_png(data: bytes) -> bool:
    return data.startswith(_PNG_MAGIC)


class Renderer:
    """One child, so that however much is asked of it, uploads and events have the other cores. Belongs to one loop."""

    def __init__(self) -> None:
        self._pool = DecodePool(processes=1, timeout_s=TIMEOUT_S, max_waiting=MAX_WAITING, module="worker.rendering")

    async def render(self, data: bytes, wanted: Rendering, parts: Sequence[Part] = ()) -> bytes:
        """With `parts` mixed into it. Raises ImageRefused for a box outside the picture, or transparency in a JPEG;
        DecoderBusyError."""
        return (await self._pool.ask(pack_request(wanted, data, parts))).file

    async def close(self) -> None:
        await self._pool.close()


def rendering_of(query: QueryParams, stored_type: ContentType, *, beside: Sequence[str] = ()) -> Rendering | None:
    """What the query asks for; None for the stored file as it is. Parameters `beside` these aren't looked at.

    Raises RequestValidationError.
    """
    names = [name for name in query if name not in beside]
    if unknown := [name for name in names if name not in _NAMES]:
        raise invalid_field(f"/{unknown[0][:40]}", f"not a parameter; known are {', '.join((*_NAMES, *beside))}")
    if not names:
        return None
    return Rendering(
        format=_format(query, format_of(stored_type)),
        quality=_number(query, "quality", highest=100) or OutputOptions().quality,
        box=_box(query),
        max_side_px=_number(query, "max_side", highest=MAX_SIDE_PX),
    )


def format_of(stored_type: ContentType) -> OutputFormat:
    return next(name for name, content_type in _TYPE_BY_FORMAT.items() if content_type == stored_type)


def type_of(wanted: Rendering) -> ContentType:
    return _TYPE_BY_FORMAT[wanted.format]


def digest_of(sha256: str, wanted: Rendering | None) -> str:
    """What an ETag says: the same picture asked for in the same way is the same file."""
    return sha256 if wanted is None else hashlib.sha256(f"{sha256} {wanted}".encode()).hexdigest()


def _format(query: Mapping[str, str], stored: OutputFormat) -> OutputFormat:
    given = query.get("format", stored)
    for known in _TYPE_BY_FORMAT:
        if given == known:
            return known
    raise invalid_field("/format", f"wanted one of {', '.join(_TYPE_BY_FORMAT)}")


def _number(query: Mapping[str, str], name: str, *, highest: int) -> int | None:
    given = query.get(name)
    if given is None:
        return None
    if not _NUMBER.fullmatch(given) or int(given) > highest:
        raise invalid_field(f"/{name}", f"wanted a whole number from 1 to {highest}")
    return int(given)


def _box(query: Mapping[str, str]) -> Box | None:
    given = query.get("box")
    if given is None:
        return None
    match = _BOX.fullmatch(given)
    if match is None:
        raise invalid_field("/box", "wanted x,y,width,height in whole pixels, width and height at least 1")
    x, y, width, height = map(int, match.groups())
    return x, y, width, height
