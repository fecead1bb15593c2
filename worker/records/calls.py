"""One call of a script: its text, its keys, its arguments, and what its answer means. Knows no connection."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from worker.records import keys, scripts

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """A script with everything that it needs. `parse` turns Redis's answer into ours and raises our refusals."""

    lua: str
    keys: list[str]
    args: list[str | bytes]
    parse: Callable[[Any], T] = field(repr=False)


def edit_call(
    body: str,
    edit_id: str,
    parse: Callable[[Any], T],
    *,
    arguments: Mapping[str, Any] | None = None,
    key_hash: str | None = None,
    job_fields: list[str | bytes] | None = None,
) -> Call[T]:
    """A script about one edit. Each call gets an id of its own, so that a repetition is known."""
    named = keys.edit_keys(edit_id, key_hash=key_hash)
    given = {
        "edit_id": edit_id,
        "channel": keys.wakeup_channel(edit_id),
        "call": secrets.token_hex(8),
        **(arguments or {}),
    }
    return Call(_lua(scripts.EDIT_PRELUDE, body, tuple(named)), list(named.values()), _args(given, job_fields), parse)


def plain_call(
    body: str,
    named: Mapping[str, str],
    parse: Callable[[Any], T],
    *,
    arguments: Mapping[str, Any] | None = None,
    job_fields: list[str | bytes] | None = None,
) -> Call[T]:
    """A script about the queue or a picture."""
    return Call(_lua(scripts.PRELUDE, body, tuple(named)), list(named.values()), _args(arguments, job_fields), parse)


def _args(given: Mapping[str, Any] | None, job_fields: list[str | bytes] | None) -> list[str | bytes]:
    present = {name: value for name, value in (given or {}).items() if value is not None}
    return [json.dumps(present, ensure_ascii=False), *(job_fields or [])]


@cache
def _lua(prelude: str, body: str, names: tuple[str, ...]) -> str:
    lines = [f"local {name} = KEYS[{number}]" for number, name in enumerate(names, start=1)]
    return "\n".join([*lines, prelude, body])
