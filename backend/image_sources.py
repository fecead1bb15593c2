"""Pictures that come without their bytes: fetched from a URL, or one of an edit's candidates made the next picture.

Decodes nothing: a result that is a PNG is stored as it is.
"""

import struct
from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, RootModel, Tag

from backend.answers import ImageOfEdit, ImageUrl
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
    return TAG_PREFIX + ("edit_id" if "edit_id" in value else "url")


class ImageSource(
    RootModel[
        Annotated[
            Annotated[ImageUrl, Tag(TAG_PREFIX + "url")] | Annotated[ImageOfEdit, Tag(TAG_PREFIX + "edit_id")],
            Discriminator(
                _kind_of,
                custom_error_type="image_source",
                custom_error_message='wanted an object with "url", or with "edit_id" and "candidate"',
            ),
        ]
    ]
):
    """The JSON body of `POST /v1/images`."""


async def image_of_edit(services: Services, source: ImageOfEdit) -> ImageInfo:
    """A candidate's picture → the same picture as one to edit.

    Raises EditNotFoundError, ResultNotReadyError, ResultExpiredError, or Refusal (no such candidate).
    """
    outcome = outcome_of(await existing(services.records, source.edit_id))
    data = await services.blobs.read_result(picture_of(outcome, source.candidate), outcome.content_type)
    if outcome.content_type != "image/png":
        decoded = await services.decoders.decode(data)
        facts = decoded.facts
        return ImageInfo(
            image_id=await services.blobs.save_image(decoded.png),
            width=facts.width,
            height=facts.height,
            mode=facts.mode,
            orientation_applied=False,
        )
    width, height = _PNG_SIZE.unpack_from(data, _PNG_SIZE_AT)
    return ImageInfo(
        image_id=await services.blobs.save_image(data),
        width=width,
        height=height,
        mode=_MODE_BY_PNG_COLOUR[data[_PNG_COLOUR_AT]],
        orientation_applied=False,
    )
