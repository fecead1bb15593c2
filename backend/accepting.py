"""How what was asked for is taken on, whatever it is: once for one Idempotency-Key, and waited for if the client likes.

Knows headers and the record keeper; not what is drawn.
"""

import asyncio
import re
from typing import Any

from fastapi import Request, Response

from backend.answers import DryRunAnswer, answer
from backend.feed import feed, until_disconnect, while_there
from backend.results import existing
from backend.security import owner_of
from backend.services import services_of
from backend.settings import sha256_hex
from worker.contract import AnyRequest, EditState, new_edit_id
from worker.errors import BadIdempotencyKeyError

MAX_WAIT_S = 60
POLL_AFTER_S = 1

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})", re.IGNORECASE)
_HEADER_PARAMETERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "The same key with the same request gives the first answer again, for 24 hours.",
    },
    {
        "name": "Prefer",
        "in": "header",
        "schema": {"type": "string", "examples": ["wait=30"]},
        "description": f"`wait=n`: answers when the edit has ended, or after n ≤ {MAX_WAIT_S} seconds.",
    },
]
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Ended in time (`Prefer: wait`), or nothing but checked (`dry_run`).",
        "model": EditState | DryRunAnswer,
    },
}


def described(model: str) -> dict[str, Any]:
    """What a call that takes on such a body adds to the OpenAPI description."""
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {
        "parameters": _HEADER_PARAMETERS,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


async def check_before_body(request: Request) -> str | None:
    """Refuses what it can without the body → the Idempotency-Key. A request with one may be accepted already."""
    key = request.headers.get("idempotency-key")
    if key is None:
        await services_of(request).admission.check()
    elif not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadIdempotencyKeyError("an Idempotency-Key has 1 to 255 printable ASCII characters without spaces")
    return key


async def take_on(request: Request, wanted: AnyRequest, ready: AnyRequest, *, key: str | None) -> Response:
    """Queues `ready`, which `wanted` was made into, and answers: 202, or 200 if it ends while the client waits."""
    services = services_of(request)
    if wanted.dry_run:
        return answer(DryRunAnswer(request=ready))
    created = await services.records.create(
        new_edit_id(),
        ready,
        fingerprint=sha256_hex(wanted.model_dump_json()),
        idempotency_key_hash=None if key is None else sha256_hex(f"{owner_of(request)}\n{key}"),
    )
    accepted = created.accepted
    headers = {"Location": accepted.links.self}
    if created.replayed:
        headers["Idempotent-Replayed"] = "true"
    wait_s = _preferred_wait(request)
    if wait_s:
        headers["Preference-Applied"] = f"wait={wait_s}"
        if await ends_within(request, accepted.edit_id, wait_s):
            return answer(await existing(services.records, accepted.edit_id), headers=headers)
    headers["Retry-After"] = str(POLL_AFTER_S)
    return answer(accepted, status_code=202, headers=headers)


async def ends_within(request: Request, edit_id: str, wait_s: int) -> bool:
    """Whether it does; False at once when the client goes away."""
    services = services_of(request)
    with feed(services.records, services.hub, edit_id) as events:
        async with while_there(events, until_disconnect(request.receive)):
            try:
                async with asyncio.timeout(wait_s):
                    while (event := await events.next()) is not None:
                        if event.is_terminal:
                            return True
            except TimeoutError:
                pass
    return False


def _preferred_wait(request: Request) -> int:
    """Seconds; 0 for a client that doesn't wait."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(found[1]), MAX_WAIT_S) if found else 0
