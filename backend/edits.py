"""Edits over HTTP: accepted, looked at, canceled, deleted, and their pictures. Holds no job; Redis does."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from backend.answers import DryRunAnswer, answer
from backend.bodies import read_json
from backend.feed import feed, until_disconnect, while_there
from backend.mixtures import CHOICES_PARAMETERS, PARAMETER, Mixture, choices_of, picture_with
from backend.pictures import PICTURE_RESPONSES, is_known, not_modified, picture
from backend.problems import Refusal
from backend.renderings import RENDERING_PARAMETERS, digest_of, rendering_of, type_of
from backend.results import delete_pictures, existing, outcome_of, picture_of
from backend.security import owner_of
from backend.services import services_of
from backend.settings import sha256_hex
from backend.targets import ready_to_queue
from worker.contract import CancelAnswer, EditAccepted, EditId, EditOutcome, EditRequest, EditState, new_edit_id
from worker.errors import BadIdempotencyKeyError

router = APIRouter(prefix="/v1/edits", tags=["edits"])

MAX_BODY_BYTES = 12_000_000  # a mask of 8 MiB, and all else
MAX_WAIT_S = 60
POLL_AFTER_S = 1
DELETE_WAIT_S = 5

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


async def check_before_body(request: Request) -> str | None:
    """Refuses what it can without the body → the Idempotency-Key. A request with one may be accepted already."""
    key = request.headers.get("idempotency-key")
    if key is None:
        await services_of(request).admission.check()
    elif not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadIdempotencyKeyError("an Idempotency-Key has 1 to 255 printable ASCII characters without spaces")
    return key


@router.post(
    "",
    status_code=202,
    response_model=EditAccepted,
    responses={
        200: {
            "description": "Ended in time (`Prefer: wait`), or nothing but checked (`dry_run`).",
            "model": EditState | DryRunAnswer,
        },
    },
    openapi_extra={
        "parameters": _HEADER_PARAMETERS,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EditRequest"}}},
        },
    },
)
async def post_edit(request: Request) -> Response:
    """Takes an edit on: 202 once it is safely queued. What can be checked without drawing is checked first."""
    services = services_of(request)
    key = await check_before_body(request)
    wanted = await read_json(request, EditRequest, max_bytes=MAX_BODY_BYTES)
    ready = await ready_to_queue(services, wanted)
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
        if await _ends_within(request, accepted.edit_id, wait_s):
            return answer(await existing(services.records, accepted.edit_id), headers=headers)
    headers["Retry-After"] = str(POLL_AFTER_S)
    return answer(accepted, status_code=202, headers=headers)


@router.get("/{edit_id}", response_model=EditState)
async def get_edit(request: Request, edit_id: EditId) -> Response:
    """Everything about an edit, always; kept for 7 days after its end."""
    state = await existing(services_of(request).records, edit_id)
    return answer(state, headers={"Cache-Control": "no-store"})


@router.post("/{edit_id}/cancel", response_model=CancelAnswer)
async def cancel_edit(request: Request, edit_id: EditId) -> Response:
    """Stops an edit that waits at once and one that runs at its next step; changes nothing once it has ended."""
    return answer(CancelAnswer(cancelled=await services_of(request).records.cancel(edit_id)))


@router.delete("/{edit_id}", status_code=204, response_class=Response)
async def delete_edit(request: Request, edit_id: EditId) -> Response:
    """Deletes it now: its pictures, its texts and its events. One that hasn't ended is stopped first."""
    services = services_of(request)
    if await services.records.cancel(edit_id):
        await _ends_within(request, edit_id, DELETE_WAIT_S)
    state = await existing(services.records, edit_id)
    if state.result is not None:
        await delete_pictures(services, state.result)
    if not await services.records.forget(edit_id):
        raise Refusal("edit_running", "its worker hasn't stopped yet; try again", retry_after_s=POLL_AFTER_S)
    return Response(status_code=204)


@router.head("/{edit_id}/result", include_in_schema=False)
@router.get(
    "/{edit_id}/result",
    response_class=Response,
    responses=PICTURE_RESPONSES,
    openapi_extra={"parameters": CHOICES_PARAMETERS + RENDERING_PARAMETERS},
)
async def get_result(request: Request, edit_id: EditId) -> Response:
    """The picture with all words changed: each with its best drawing, or with the one of `choices`."""
    state = await existing(services_of(request).records, edit_id)
    outcome, choices = outcome_of(state), choices_of(request.query_params)
    shown = outcome.image_sha256 if choices is None else picture_with(state, choices)
    return await _picture(request, outcome, shown, name=edit_id, beside=(PARAMETER,))


@router.head("/{edit_id}/candidates/{index}", include_in_schema=False)
@router.get(
    "/{edit_id}/candidates/{index}",
    response_class=Response,
    responses=PICTURE_RESPONSES,
    openapi_extra={"parameters": RENDERING_PARAMETERS},
)
async def get_candidate(request: Request, edit_id: EditId, index: Annotated[int, Path(ge=0)]) -> Response:
    """The picture with one candidate."""
    outcome = outcome_of(await existing(services_of(request).records, edit_id))
    return await _picture(request, outcome, picture_of(outcome, index), name=f"{edit_id}-{index}")


async def _picture(
    request: Request, outcome: EditOutcome, shown: str | Mixture, *, name: str, beside: tuple[str, ...] = ()
) -> Response:
    """`shown` is a picture by its SHA-256, or is made of several."""
    services, content_type = services_of(request), outcome.content_type
    wanted = rendering_of(request.query_params, content_type, beside=beside)
    stored, source = (shown, shown) if isinstance(shown, str) else (outcome.image_sha256, shown.digest)
    digest, max_age_s = digest_of(source, wanted), services.settings.retention_s
    if is_known(request, digest) and await services.blobs.has_result(stored, content_type):
        return not_modified(digest, max_age_s=max_age_s)
    if isinstance(shown, Mixture):
        data = await shown.render(services, wanted)
    else:
        data = await services.blobs.read_result(shown, content_type)
        if wanted is not None:
            data = await services.renderer.render(data, wanted)
    if wanted is not None:
        content_type = type_of(wanted)
    return picture(data, digest, media_type=content_type, name=name, max_age_s=max_age_s)


async def _ends_within(request: Request, edit_id: str, wait_s: int) -> bool:
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
