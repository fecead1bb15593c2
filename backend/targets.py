"""A request as it was sent → as it is queued: all that it names is there, masks are stored, the seed is drawn.

Knows the records, the blob store and the corners of a quad; draws nothing and looks for no words.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from typing import TypeVar

from backend.problems import invalid_field
from backend.services import Services
from worker.contract import (
    DetectResult,
    DrawingRequest,
    EditItem,
    EditRequest,
    ImageInfo,
    MaskInfo,
    MaskPngTarget,
    MaskTarget,
    Quad,
    QuadTarget,
    RegionTarget,
    StyleQuad,
    StyleRegion,
)
from worker.errors import BadMaskFileError, EditorError, ImageNotFoundError, MaskNotFoundError, RegionNotFoundError

MAX_SEED = 2**31 - 1
BORDER_TOLERANCE_PX = 1.0  # as the models have it

_R = TypeVar("_R", bound=DrawingRequest)


async def ready_to_queue(services: Services, request: EditRequest) -> EditRequest:
    """Nothing but masks is stored by it.

    Raises ImageNotFoundError, MaskNotFoundError, RegionNotFoundError, BadMaskFileError, or RequestValidationError with
    a pointer to corners that can't be meant.
    """
    image = await services.records.get_image(request.image_id)
    if image is None:
        raise ImageNotFoundError("no such picture: never sent, deleted, or its time is over")
    await _check_regions(services, request)
    edits = [await _checked(services, item, image, f"/edits/{number}") for number, item in enumerate(request.edits)]
    return with_seed(request).model_copy(update={"edits": tuple(edits)})


def with_seed(request: _R) -> _R:
    """With the one that it has, else one drawn by lot."""
    if request.seed is not None:
        return request
    return request.model_copy(update={"seed": secrets.randbelow(MAX_SEED + 1)})


async def store_mask(services: Services, data: bytes) -> MaskInfo:
    """A mask file → what it is stored as. Raises BadMaskFileError."""
    try:
        decoded = await services.decoders.decode(data)
    except EditorError as error:
        if error.retryable:
            raise
        raise BadMaskFileError(f"the mask can't be read: {error}") from error
    mask_id = await services.blobs.save_mask(decoded.file)
    info = MaskInfo(mask_id=mask_id, width=decoded.facts.width, height=decoded.facts.height)
    await services.records.save_mask(info)
    return info


async def _check_regions(services: Services, request: EditRequest) -> None:
    """The words found in the picture are asked for once, and only if the request names one."""
    named = [
        place.region_id
        for item in request.edits
        for place in (item.target, item.style_from)
        if isinstance(place, RegionTarget | StyleRegion)
    ]
    if not named:
        return
    found = await services.records.get_detect(request.image_id)
    if not isinstance(found, DetectResult):
        raise RegionNotFoundError("no words have been looked for in this picture: POST …/detect does")
    known = {region.region_id for region in found.regions}
    if unknown := sorted(set(named) - known):
        raise RegionNotFoundError(f"no {', '.join(unknown)} among the {len(known)} words found in this picture")


async def _checked(services: Services, item: EditItem, image: ImageInfo, pointer: str) -> EditItem:
    if isinstance(item.style_from, StyleQuad):
        _check_quad(item.style_from.quad_px, image, f"{pointer}/style_from/quad_px")
    target = item.target
    if isinstance(target, QuadTarget):
        _check_quad(target.quad_px, image, f"{pointer}/target/quad_px")
    elif isinstance(target, MaskTarget):
        mask = await services.records.get_mask(target.mask_id)
        if mask is None:
            raise MaskNotFoundError("no such mask: never sent, or its time is over")
        _check_size(mask, image)
    elif isinstance(target, MaskPngTarget):
        try:
            data = base64.b64decode(target.mask_png_base64, validate=True)
        except binascii.Error:
            raise invalid_field(f"{pointer}/target/mask_png_base64", "not base64") from None
        mask = await store_mask(services, data)
        _check_size(mask, image)
        return item.model_copy(update={"target": MaskTarget(mask_id=mask.mask_id)})
    return item


def _check_size(mask: MaskInfo, image: ImageInfo) -> None:
    if (mask.width, mask.height) != (image.width, image.height):
        raise BadMaskFileError(
            f"the mask has {mask.width} × {mask.height} px, the picture {image.width} × {image.height}: "
            "they must be equal"
        )


def _check_quad(quad_px: Quad, image: ImageInfo, pointer: str) -> None:
    """What the models would refuse later: corners outside, or not clockwise and convex."""
    low, high_x, high_y = -BORDER_TOLERANCE_PX, image.width + BORDER_TOLERANCE_PX, image.height + BORDER_TOLERANCE_PX
    if any(not (low <= x <= high_x and low <= y <= high_y) for x, y in quad_px):
        raise invalid_field(pointer, f"reaches outside the picture of {image.width} × {image.height} px")
    if any(turn <= 0 for turn in _turns(quad_px)):
        raise invalid_field(pointer, "the corners must go clockwise around a convex shape, from the text's top-left")


def _turns(quad_px: Sequence[tuple[float, float]]) -> list[float]:
    """At each corner: above 0 for a turn to the right, y being down."""
    turns = []
    for number in range(4):
        (x0, y0), (x1, y1), (x2, y2) = (quad_px[(number + step) % 4] for step in range(3))
        turns.append((x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1))
    return turns
