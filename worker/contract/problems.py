"""Refusals as data: Problem Details (RFC 9457). Never holds what the client sent, only where it was wrong and why."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from worker.contract.fields import Integer, Model
from worker.contract.requests import TAG_PREFIX


class FieldProblem(Model):
    """One field that was refused; `pointer` is a JSON pointer (RFC 6901) into the body."""

    pointer: str
    detail: str


class Problem(Model):
    """The body of every refusal. `code` is stable."""

    type: str = "about:blank"
    title: str
    status: Annotated[Integer, Field(ge=400, le=599)]
    code: str
    detail: str
    instance: str | None = None
    request_id: str | None = None
    errors: tuple[FieldProblem, ...] = ()


def field_problems(errors: Sequence[Mapping[str, Any]]) -> tuple[FieldProblem, ...]:
    """`ValidationError.errors()` → pointers and reasons. A leading "body" in a place is taken away, as are values."""
    return tuple(FieldProblem(pointer=_pointer(error["loc"]), detail=_detail(error)) for error in errors)


def _pointer(place: Sequence[str | int]) -> str:
    parts = [str(part)[:100] for part in place if not str(part).startswith(TAG_PREFIX)]
    parts = parts[1:] if parts[:1] == ["body"] else parts
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _detail(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown field"
    return str(error["msg"])
