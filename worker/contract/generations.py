"""What a client asks for that has no photo: a picture from a prompt, with texts written into it."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from worker.contract.fields import Box, Integer, Model, Number, SearchedText
from worker.contract.prompts import quoted_texts
from worker.contract.requests import MAX_EDITS, DrawingRequest, EditRequest

MAX_PROMPT_CHARS = 2000
MAX_PICTURE_PIXELS = 2**21  # more than any image model was trained on

Side = Annotated[Integer, Field(ge=64, le=2048, multiple_of=8)]


def _check_prompt(prompt: str) -> str:
    if not prompt.strip():
        raise PydanticCustomError("blank_prompt", "the prompt is blank: say what the picture shall show", {})
    return prompt


def _check_area(size_px: tuple[int, int] | None) -> tuple[int, int] | None:
    if size_px is not None and size_px[0] * size_px[1] > MAX_PICTURE_PIXELS:
        raise PydanticCustomError(
            "too_large", f"has {size_px[0] * size_px[1]:,} pixels, at most {MAX_PICTURE_PIXELS:,} are made", {}
        )
    return size_px


def _check_texts(texts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if not texts and "prompt" in info.data:
        raise PydanticCustomError(
            "too_short", 'the prompt quotes no text: write A sign that says "OPEN", or give texts', {}
        )
    return texts


def _check_box(box_px: Box | None, info: ValidationInfo) -> Box | None:
    if box_px is None:
        return None
    if (number := len(info.data.get("texts", ()))) > 1:
        raise PydanticCustomError("too_many", f"is for one text, got {number}", {})
    picture = info.data.get("picture")
    x, y, width, height = box_px
    if picture is not None and picture.size_px is not None:
        picture_w, picture_h = picture.size_px
        if x + width > picture_w or y + height > picture_h:
            raise PydanticCustomError("outside", f"reaches outside the picture of {picture_w} × {picture_h} px", {})
    return box_px


class PictureOptions(Model):
    """How to make the picture. None leaves a choice to the image model."""

    size_px: Annotated[tuple[Side, Side] | None, AfterValidator(_check_area), Field(description="width, height")] = None
    num_inference_steps: Annotated[Integer, Field(ge=1, le=200)] | None = None
    guidance_scale: Annotated[Number, Field(ge=0, le=30)] | None = None


class GenerationRequest(DrawingRequest):
    """The body of `POST /v1/generations`. `seed` is the picture's and the texts', `options` are the texts' alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"prompt": 'A sign that says "OPEN"', "picture": {"size_px": [768, 512]}, "seed": 1},
                {"prompt": "A sign", "texts": ["OPEN"], "box_px": [128, 160, 256, 96], "n": 2},
            ]
        }
    )

    prompt: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MAX_PROMPT_CHARS),
        AfterValidator(_check_prompt),
        Field(description="what the picture shows"),
    ]
    texts: Annotated[
        tuple[SearchedText, ...],
        AfterValidator(_check_texts),
        Field(
            max_length=MAX_EDITS,
            validate_default=True,
            description="what to write, each over a line of the picture; by default what the prompt quotes",
        ),
    ] = ()
    picture: PictureOptions = PictureOptions()
    box_px: Annotated[
        Box | None,
        AfterValidator(_check_box),
        Field(description="where to write one text; by default over the line that suits it best"),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _quoted(cls, given: Any) -> Any:
        """Fills in the texts; whether they can be written is checked as if they had been given."""
        if isinstance(given, Mapping) and not given.get("texts"):
            prompt = given.get("prompt")
            if isinstance(prompt, str) and len(prompt) <= MAX_PROMPT_CHARS and (found := quoted_texts(prompt)):
                return {**given, "texts": found}
        return given


AnyRequest: TypeAlias = EditRequest | GenerationRequest

ANY_REQUEST: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
"""`ANY_REQUEST.validate_json(text)` → the request of its kind."""
