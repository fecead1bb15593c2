"""Pictures over HTTP: taken, given back, searched for words, deleted. Decodes nothing and looks for nothing itself."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from backend.answers import ImageUrl, answer
from backend.bodies import media_type, read_file, read_json
from backend.image_sources import ImageSource, image_of_edit
from backend.pictures import PICTURE_RESPONSES, is_known, not_modified, picture
from backend.renderings import LOSSLESS, RENDERING_PARAMETERS, digest_of, is_png, rendering_of, type_of
from backend.services import Services, services_of
from backend.targets import store_mask
from backend.workers import live_workers
from worker.contract import DetectResult, Failure, ImageId, ImageInfo, MaskInfo
from worker.errors import ImageNotFoundError, NoWorkerError, RefusedEditError
from worker.ingest_protocol import MAX_UPLOAD_BYTES
from worker.storage import NotStoredError

router = APIRouter(tags=["images"])

MAX_URL_BODY_BYTES = 16_384
DETECT_WAIT_S = 60.0
ASK_AGAIN_S = 1.0  # a search may get lost with its worker

_SOURCES = [{"$ref": f"#/components/schemas/{model}"} for model in ("ImageUrl", "ImageOfEdit", "ImageOfChoices")]


def _upload(field: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": [field],
        "properties": {field: {"type": "string", "format": "binary"}},
        "additionalProperties": False,
    }
    return {"multipart/form-data": {"schema": schema}}


@router.post(
    "/v1/images",
    status_code=201,
    response_model=ImageInfo,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": _upload("image") | {"application/json": {"schema": {"oneOf": _SOURCES}}},
        }
    },
)
async def post_image(request: Request) -> Response:
    """Takes a picture: the file `image`, one fetched from `url`, or one that an edit has made.

    It is kept under the hash of a file of our own, a JPEG block by block, all else as a PNG. Only its pixels and its
    colour profile stay.
    """
    services = services_of(request)
    if media_type(request) == "application/json":
        source = (await read_json(request, ImageSource, max_bytes=MAX_URL_BODY_BYTES)).root
        if not isinstance(source, ImageUrl):
            return await _taken(services, await image_of_edit(services, source))
        data = await services.fetcher.fetch(source.url)
    else:
        data = await read_file(request, "image", max_bytes=MAX_UPLOAD_BYTES)
    decoded = await services.decoders.decode(data)
    info = ImageInfo(
        image_id=await services.blobs.save_image(decoded.file),
        width=decoded.facts.width,
        height=decoded.facts.height,
        mode=decoded.facts.mode,
        orientation_applied=decoded.facts.orientation_applied,
    )
    return await _taken(services, info)


async def _taken(services: Services, info: ImageInfo) -> Response:
    await services.records.save_image(info)
    return answer(info, status_code=201, headers={"Location": f"/v1/images/{info.image_id}"})


@router.post(
    "/v1/masks",
    status_code=201,
    response_model=MaskInfo,
    openapi_extra={"requestBody": {"required": True, "content": _upload("mask")}},
)
async def post_mask(request: Request) -> Response:
    """Takes a mask, white = repaint, of a picture's size; for several edits with the same `mask_id`."""
    data = await read_file(request, "mask", max_bytes=MAX_UPLOAD_BYTES)
    return answer(await store_mask(services_of(request), data), status_code=201)


@router.head("/v1/images/{image_id}", include_in_schema=False)
@router.get(
    "/v1/images/{image_id}",
    response_class=Response,
    responses=PICTURE_RESPONSES,
    openapi_extra={"parameters": RENDERING_PARAMETERS},
)
async def get_image(request: Request, image_id: ImageId) -> Response:
    """The upright picture, every pixel as it will be edited: a PNG, or what the parameters ask for."""
    services = services_of(request)
    max_age_s, sha256 = services.settings.retention_s, image_id.removeprefix("img_")
    if await services.records.get_image(image_id) is None:
        raise _no_image()
    wanted = rendering_of(request.query_params, "image/png")
    digest = digest_of(sha256, wanted)
    if is_known(request, digest):
        return not_modified(digest, max_age_s=max_age_s)
    try:
        data = await services.blobs.read(image_id)
    except NotStoredError:
        raise _no_image() from None
    if wanted is not None or not is_png(data):
        data = await services.renderer.render(data, wanted or LOSSLESS)
    return picture(data, digest, media_type=type_of(wanted or LOSSLESS), name=image_id, max_age_s=max_age_s)


@router.delete("/v1/images/{image_id}", status_code=204, response_class=Response)
async def delete_image(request: Request, image_id: ImageId) -> Response:
    """Deletes the picture and the words found in it, now. Results of edits have a life of their own."""
    services = services_of(request)
    was_known = await services.records.delete_image(image_id)
    await services.blobs.delete(image_id)
    if not was_known:
        raise _no_image()
    return Response(status_code=204)


@router.post("/v1/images/{image_id}/detect", response_model=DetectResult)
async def detect(request: Request, image_id: ImageId) -> Response:
    """The words in the picture, in reading order. A worker looks for them once; later answers come at once."""
    services = services_of(request)
    found = await services.records.get_detect(image_id)
    if not isinstance(found, DetectResult):
        try:
            async with asyncio.timeout(DETECT_WAIT_S):
                found = await _found_by_worker(services, image_id)
        except TimeoutError:
            raise NoWorkerError(f"no worker has looked for words within {DETECT_WAIT_S:g} s") from None
    if isinstance(found, Failure):
        error = RefusedEditError(found.message, code=found.code)
        error.retryable = found.retryable
        raise error
    return answer(found)


async def _found_by_worker(services: Services, image_id: str) -> DetectResult | Failure:
    with services.hub.listen(image_id) as listener:
        await services.records.request_detect(image_id)
        while True:
            if (found := await services.records.get_detect(image_id)) is not None:
                return found
            try:
                async with asyncio.timeout(ASK_AGAIN_S):
                    await listener.wait()
            except TimeoutError:
                if not await live_workers(services.records.redis):
                    raise NoWorkerError("no worker is there to look for words") from None
                await services.records.request_detect(image_id)
            if listener.is_closed:
                raise NoWorkerError("the service is stopping")
            while listener.take() is not None or listener.take_missed():
                pass


def _no_image() -> ImageNotFoundError:
    return ImageNotFoundError("no such picture: never sent, deleted, or its time is over")
