"""Pictures that come without their bytes: fetched from a URL, or what an edit has drawn made the next picture.

Decodes nothing: a PNG of our own is stored as it is.
"""

import struct
from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, RootModel, Tag

from backend.answers import ImageOfChoices, ImageOfEdit, ImageUrl
from backend.mixtures import Mixture, picture_with
from backend.renderings import LOSSLESS
from backend.results import existing, outcome_of, picture_of
from backend.services import Services
from worker.contract import ImageInfo
from worker.contract.requests import TAG_PREFIX

_PNG_SIZE = struct.Struct(">II")
_PNG_SIZE_AT, _PNG_COLOUR_AT = 16, 25
_MODE_BY_PNG_COLOUR = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}  # a worker writes no palettes


def _kind_of(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    return TAG_PREFIX + next((name for name in ("choices", "edit_id") if name in value), "url")


class ImageSource(
    RootModel[
        Annotated[
            Annotated[ImageUrl, Tag(TAG_PREFIX + "url")]
            | Annotated[ImageOfEdit, Tag(TAG_PREFIX + "edit_id")]
            | Annotated[ImageOfChoices, Tag(TAG_PREFIX + "choices")],
            Discriminator(
                _kind_of,
                custom_error_type="image_source",
                custom_error_message='wanted an object with "url", or with "edit_id" and "candidate" or "choices"',
            ),
        ]
    ]
):
    """The JSON body of `POST /v1/images`."""


async def image_of_edit(services: Services, source: ImageOfEdit | ImageOfChoices) -> ImageInfo:
    """The picture of a candidate, or of one for each word → the same picture as one to edit.

    Raises EditNotFoundError, ResultNotReadyError, ResultExpiredError, Refusal (no such candidate), or
    RequestValidationError (not one for each word).
    """
    state = await existing(services.records, source.edit_id)
    outcome = outcome_of(state)
    if isinstance(source, ImageOfEdit):
        shown: str | Mixture = picture_of(outcome, source.candidate)
    else:
        shown = picture_with(state, source.choices)
    if isinstance(shown, Mixture):
        return await _as_image(services, await shown.render(services, LOSSLESS))
    data = await services.blobs.read_result(shown, outcome.content_type)
    if outcome.content_type == "image/png":
        return await _as_image(services, data)
    decoded = await services.decoders.decode(data)
    facts = decoded.facts
    return ImageInfo(
        image_id=await services.blobs.save_image(decoded.file),
        width=facts.width,
        height=facts.height,
        mode=facts.mode,
        orientation_applied=False,
    )


async def _as_image(services: Services, png: bytes) -> ImageInfo:
    width, height = _PNG_SIZE.unpack_from(png, _PNG_SIZE_AT)
    return ImageInfo(
        image_id=await services.blobs.save_image(png),
        width=width,
        height=height,
        mode=_MODE_BY_PNG_COLOUR[png[_PNG_COLOUR_AT]],
        orientation_applied=False,
    )
