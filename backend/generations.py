"""Pictures from prompts over HTTP: taken on here, and from then on an edit like any other. Makes nothing itself."""

from fastapi import APIRouter, Request, Response

from backend.accepting import RESPONSES, check_before_body, described, take_on
from backend.bodies import read_json
from backend.services import services_of
from backend.targets import with_seed
from backend.workers import check_image_model
from worker.contract import EditAccepted, GenerationRequest

router = APIRouter(prefix="/v1/generations", tags=["edits"])

MAX_BODY_BYTES = 65_536


@router.post(
    "",
    status_code=202,
    response_model=EditAccepted,
    responses=RESPONSES,
    openapi_extra=described("GenerationRequest"),
)
async def post_generation(request: Request) -> Response:
    """Takes a generation on, as `POST /v1/edits` does an edit: a picture from a prompt, its texts spelled right.

    It is followed, fetched, canceled and deleted at `/v1/edits/{edit_id}`.
    """
    services = services_of(request)
    key = await check_before_body(request)
    wanted = await read_json(request, GenerationRequest, max_bytes=MAX_BODY_BYTES)
    await check_image_model(services.records.redis)
    return await take_on(request, wanted, with_seed(wanted), key=key)
