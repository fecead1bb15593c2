"""Where each character of a drawing was attended to: what there is to know of it besides the picture."""

from typing import Annotated

from pydantic import Field, StringConstraints

from worker.contract.fields import Integer, Model, Number, Sha256

Length = Annotated[Integer, Field(ge=1)]
Corner = tuple[Number, Number]


class MappedCharacter(Model):
    """One character and the share of all attention that it has where it has most; there its map is white."""

    character: Annotated[str, StringConstraints(min_length=1, max_length=1)]
    peak: Annotated[Number, Field(ge=0, le=1)]


class CandidateMaps(Model):
    """Maps of `width` × `height`, one below another in one grey PNG, in the order of `characters`.

    Each covers the same part of the picture. Where no letters were to go or to come, they are black.
    """

    sha256: Annotated[Sha256, Field(description="of the PNG, which is at …/candidates/{index}/maps")]
    width: Length
    height: Length
    quad_px: Annotated[
        tuple[Corner, Corner, Corner, Corner],
        Field(description="where a map's corners lie, as the text is read, in pixels of the picture or beyond"),
    ]
    characters: Annotated[tuple[MappedCharacter, ...], Field(min_length=1)]
