"""What the models of the contract are made of: base class, ids, numbers, texts, quads. Knows no HTTP, no storage."""

import secrets
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

MAX_TEXT_CHARS = 200  # what a request may hold; a model takes fewer and says so
MAX_CLIENT_REF_CHARS = 200
MAX_COORDINATE_PX = 100_000


class Model(BaseModel):
    """Base of the contract: frozen, and refuses unknown fields by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _check_text(text: str) -> str:
    """Control characters and lone surrogates are refused, and blanks."""
    if unfit := [character for character in text if unicodedata.category(character) in ("Cc", "Cs")]:
        raise PydanticCustomError(
            "control_characters",
            "control characters can't be written, got {characters}",
            {"characters": ", ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(unfit[:8]))},
        )
    if text and not text.strip():
        raise PydanticCustomError("blank_text", "only spaces can't be written", {})
    return text


def _check_written(text: str) -> str:
    if text and not text.strip():
        raise PydanticCustomError("blank_text", 'only spaces can\'t be written; "" removes the word', {})
    return _check_text(text)


Integer = Annotated[int, Strict()]  # neither "50" nor 50.0 nor true
Number = Annotated[float, Strict()]  # finite
Flag = Annotated[bool, Strict()]

ImageId = Annotated[str, StringConstraints(pattern=r"^img_[0-9a-f]{64}$")]
MadeImageId = Annotated[
    ImageId | None, Field(description="of a generation: the picture that was made, before any text was written into it")
]
MaskId = Annotated[str, StringConstraints(pattern=r"^mask_[0-9a-f]{64}$")]
EditId = Annotated[str, StringConstraints(pattern=r"^edit_[0-9a-f]{32}$")]
RegionId = Annotated[str, StringConstraints(pattern=r"^r(0|[1-9][0-9]{0,3})$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

WrittenText = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS), AfterValidator(_check_written)]
SearchedText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS), AfterValidator(_check_text)]
ClientRef = Annotated[str, StringConstraints(max_length=MAX_CLIENT_REF_CHARS), AfterValidator(_check_text)]
Seed = Annotated[Integer, Field(ge=0, le=2**32 - 1)]
Timestamp = Annotated[Number, Field(description="seconds since 1970-01-01 UTC, by the clock of the queue")]

Coordinate = Annotated[Number, Field(ge=-MAX_COORDINATE_PX, le=MAX_COORDINATE_PX)]
Point = tuple[Coordinate, Coordinate]
Index = Annotated[Integer, Field(ge=0)]
Size = Annotated[Integer, Field(ge=1)]
Box = Annotated[
    tuple[Index, Index, Size, Size], Field(description="x, y, width, height, in pixels of the upright picture")
]
Quad = Annotated[
    tuple[Point, Point, Point, Point],
    Field(description="four (x, y) corners, clockwise from the text's own top-left, in pixels of the upright picture"),
]


def new_edit_id() -> str:
    """A random edit id: 128 bits, so that nobody guesses another's."""
    return f"edit_{secrets.token_hex(16)}"
