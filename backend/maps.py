"""Where in the picture each character of a candidate was attended to: the small PNG that the worker has made of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from backend.pictures import is_known, not_modified, picture
from backend.results import MAPS_TYPE, existing, maps_of, outcome_of
from backend.services import services_of
from worker.contract import EditId

router = APIRouter(prefix="/v1/edits", tags=["edits"])

PATH = "/{edit_id}/candidates/{index}/maps"


@router.head(PATH, include_in_schema=False)
@router.get(
    PATH,
    response_class=Response,
    responses={
        200: {
            "description": "The file, with an ETag; it never changes.",
            "content": {MAPS_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        304: {"description": "The client has it already (If-None-Match)."},
    },
)
async def get_maps(request: Request, edit_id: EditId, index: Annotated[int, Path(ge=0)]) -> Response:
    """Where each character was attended to, one grey map below another; `maps` of the candidate says where they lie."""
    services = services_of(request)
    sha256 = maps_of(outcome_of(await existing(services.records, edit_id)), index).sha256
    max_age_s = services.settings.retention_s
    if is_known(request, sha256) and await services.blobs.has_result(sha256, MAPS_TYPE):
        return not_modified(sha256, max_age_s=max_age_s)
    data = await services.blobs.read_result(sha256, MAPS_TYPE)
    return picture(data, sha256, media_type=MAPS_TYPE, name=f"{edit_id}-{index}-maps", max_age_s=max_age_s)
