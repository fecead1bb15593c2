"""Reads request bodies: only as many bytes as allowed, only as long as they keep coming, and nothing twice.

Each handler reads its own body, after it has checked what can be checked without: FastAPI would read it first.
"""

import asyncio
import json
import math
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from backend.problems import Refusal
from worker.errors import StorageFullError, UploadTooLargeError
from worker.storage import FULL_ERRNOS

PATIENCE_S = 20.0  # for a body that doesn't come
SLOWEST_BYTES_PER_S = 32_768  # a body that comes slowly may take longer, at this pace
MAX_FORM_OVERHEAD_BYTES = 64 * 1024

_SMALL_BODY_BYTES = 1 << 20  # a larger one isn't held in memory while it comes
_PLAIN_BOUNDARY = re.compile(r'multipart/form-data; ?boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')
_PLAIN_HEAD = re.compile(
    rb'\r\nContent-Disposition: form-data; name="([^"\\\r\n]*)"; filename="[^"\\\r\n]*"\r\n'
    rb"(?:Content-Type: [^\r\n]*\r\n)?\r\n",
    re.IGNORECASE,
)
_MAX_FORM_HEAD_BYTES = 16 * 1024  # the heads of a part; what the parser holds of them is never more than a chunk
_M = TypeVar("_M", bound=BaseModel)


async def read_json(request: Request, kind: type[_M], *, max_bytes: int) -> _M:
    """The body as one of the contract's models.

    Raises Refusal, UploadTooLargeError, or RequestValidationError with a pointer to each field that is wrong.
    """
    if media_type(request) != "application/json":
        raise Refusal("unsupported_media_type", "the body must be application/json")
    async with aclosing(_stream(request, max_bytes)) as chunks:
        body = b"".join([chunk async for chunk in chunks])
    try:
        return kind.model_validate(parse_json(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(found) from None


async def read_file(request: Request, name: str, *, max_bytes: int) -> bytes:
    """The one file of a multipart body. Its name and type are not looked at. Raises Refusal or UploadTooLargeError."""
    if media_type(request) != "multipart/form-data":
        raise Refusal("unsupported_media_type", "the body must be multipart/form-data or application/json")
    async with aclosing(_stream(request, max_bytes + MAX_FORM_OVERHEAD_BYTES)) as chunks:
        if (_announced_bytes(request) or math.inf) > min(max_bytes, _SMALL_BODY_BYTES):
            return await _parsed_file(request, chunks, name, max_bytes=max_bytes)
        body = b"".join([chunk async for chunk in chunks])
    if (content := _plain_file(request.headers["content-type"], body, name)) is not None:
        return content
    return await _parsed_file(request, _once(body), name, max_bytes=max_bytes)


def media_type(request: Request) -> str:
    """Of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_json(body: bytes) -> Any:
    """JSON as RFC 8259 has it and no more: no key twice in an object, no NaN. Raises Refusal."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Refusal("malformed_json", "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Refusal("malformed_json", f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise Refusal("malformed_json", "the body is nested too deeply") from None
    except ValueError:  # a number of thousands of digits
        raise Refusal("malformed_json", "the body has a number that is too long") from None


def _plain_file(content_type: str, body: bytes, name: str) -> bytes | None:
    """The one file of a body as browsers and the usual programs write it; None for any other, which is to be parsed."""
    boundary = _PLAIN_BOUNDARY.fullmatch(content_type)
    if boundary is None:
        return None
    delimiter = b"--" + boundary[1].encode()
    head = _PLAIN_HEAD.match(body, len(delimiter))
    if not body.startswith(delimiter) or head is None or head[1] != name.encode():
        return None
    end = body.find(b"\r\n" + delimiter, head.end())
    is_last = end >= 0 and body[end + 2 + len(delimiter) :] in (b"--\r\n", b"--")
    return body[head.end() : end] if is_last else None


async def _parsed_file(request: Request, chunks: AsyncGenerator[bytes, None], name: str, *, max_bytes: int) -> bytes:
    parser = MultiPartParser(request.headers, chunks, max_files=2, max_fields=2, max_part_size=_MAX_FORM_HEAD_BYTES)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Refusal("malformed_form", error.message) from None
    except OSError as error:  # large files wait in the temporary folder
        if error.errno in FULL_ERRNOS:
            raise StorageFullError(f"no room for an upload: {error.strerror}") from error
        raise
    try:
        unknown = [field for field, _ in form.multi_items() if field != name]
        files = form.getlist(name)
        if unknown or len(files) != 1 or not isinstance(files[0], UploadFile):
            got = ", ".join(f"{field[:40]!r}" for field, _ in form.multi_items()) or "none"
            raise Refusal("malformed_form", f"wanted one file in the field {name!r} and no other field, got {got}")
        if (files[0].size or 0) > max_bytes:
            raise _too_large(max_bytes)
        return await files[0].read()
    finally:
        await form.close()


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _announced_bytes(request: Request) -> int | None:
    """None if the head doesn't say how long the body is."""
    announced = request.headers.get("content-length", "")
    return int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else None


async def _stream(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body's chunks. Raises UploadTooLargeError at the first byte too many, Refusal (408) when they don't come."""
    if "content-encoding" in request.headers:
        raise Refusal("unsupported_media_type", "a body with Content-Encoding is not taken")
    if (_announced_bytes(request) or 0) > max_bytes:
        raise _too_large(max_bytes)
    loop = asyncio.get_running_loop()
    began_at, num_bytes = loop.time(), 0
    async with aclosing(request.stream()) as chunks:
        while True:
            try:
                async with asyncio.timeout_at(began_at + PATIENCE_S + num_bytes / SLOWEST_BYTES_PER_S):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                detail = f"the body came too slowly: {num_bytes} bytes in {loop.time() - began_at:.0f} s"
                raise Refusal("request_timeout", detail) from None
            if chunk is None:
                return
            num_bytes += len(chunk)
            if num_bytes > max_bytes:
                raise _too_large(max_bytes)
            yield chunk


def _too_large(max_bytes: int) -> UploadTooLargeError:
    return UploadTooLargeError(f"the body has more than the {max_bytes:,} bytes that are allowed")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise Refusal("malformed_json", "the body has an object with the same key twice")
    return content


def _no_constant(name: str) -> None:
    raise Refusal("malformed_json", f"{name} is not JSON")
