"""Edits over HTTP: accepted, looked at, canceled, deleted, and their pictures. Holds no job; Redis does."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from backend.accepting import POLL_AFTER_S, RESPONSES, check_before_body, described, ends_within, take_on
from backend.answers import answer
from backend.bodies import read_json
from backend.mixtures import CHOICES_PARAMETERS, PARAMETER, Mixture, choices_of, picture_with
from backend.pictures import PICTURE_RESPONSES, is_known, not_modified, picture
from backend.problems import Refusal
from backend.renderings import RENDERING_PARAMETERS, digest_of, rendering_of, type_of
from backend.results import delete_pictures, existing, outcome_of, picture_of
from backend.services import services_of
from backend.targets import ready_to_queue
from worker.contract import CancelAnswer, EditAccepted, EditId, EditOutcome, EditRequest, EditState

router = APIRouter(prefix="/v1/edits", tags=["edits"])

MAX_BODY_BYTES = 12_000_000  # a mask of 8 MiB, and all else
DELETE_WAIT_S = 5


@router.post(
    "",
    status_code=202,
    response_model=EditAccepted,
    responses=RESPONSES,
    openapi_extra=described("EditRequest"),
)
async def post_edit(request: Request) -> Response:
    """Takes an edit on: 202 once it is safely queued. What can be checked without drawing is checked first."""
    services = services_of(request)
    key = await check_before_body(request)
    wanted = await read_json(request, EditRequest, max_bytes=MAX_BODY_BYTES)
    ready = await ready_to_queue(services, wanted)
    return await take_on(request, wanted, ready, key=key)


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
        await ends_within(request, edit_id, DELETE_WAIT_S)
    state = await existing(services.records, edit_id)
    await delete_pictures(services, state)
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
