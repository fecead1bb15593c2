"""What a client asks for: an edit, its targets and options. Knows nothing of how it is done."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticCustomError

from worker.contract.fields import (
    ClientRef,
    Flag,
    ImageId,
    Integer,
    MaskId,
    Model,
    Number,
    Quad,
    RegionId,
    SearchedText,
    Seed,
    WrittenText,
)

MAX_EDITS = 16
MAX_MASK_BASE64_CHARS = 8 * 1024 * 1024

Priority = Literal["interactive", "batch"]
OutputFormat = Literal["png", "jpeg", "webp"]


class QuadTarget(Model):
    """Where the four corners say."""

    quad_px: Quad


class MaskTarget(Model):
    """Where an uploaded mask is white."""

    mask_id: MaskId


class MaskPngTarget(Model):
    """Where the mask sent along is white: a PNG of the picture's size."""

    mask_png_base64: Annotated[
        str, StringConstraints(min_length=4, max_length=MAX_MASK_BASE64_CHARS, pattern=r"^[A-Za-z0-9+/]+={0,2}$")
    ]


class RegionTarget(Model):
    """A word that `detect` found."""

    region_id: RegionId


class Find(Model):
    """A word by its text. Without `occurrence` it must stand there once; 1 is the first in reading order."""

    text: SearchedText
    occurrence: Annotated[Integer, Field(ge=1, le=1000)] | None = None


class FindTarget(Model):
    """A word by its text, looked for by the worker."""

    find: Find


class StyleQuad(Model):
    """The style of what stands between the four corners."""

    quad_px: Quad


class StyleRegion(Model):
    """The style of a word that `detect` found."""

    region_id: RegionId


TARGET_FIELDS = ("quad_px", "mask_id", "mask_png_base64", "region_id", "find")
STYLE_FIELDS = ("quad_px", "region_id")
TAG_PREFIX = "one-of:"  # what pydantic adds to an error's place, and `field_problems` takes away


def _field_of(value: object) -> str | None:
    fields = value if isinstance(value, Mapping) else getattr(type(value), "model_fields", ())
    named = [field for field in TARGET_FIELDS if field in fields]
    return TAG_PREFIX + named[0] if named else None


def _exactly_one(what: str, allowed: tuple[str, ...]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, Mapping):
            raise PydanticCustomError("one_of", f"{what} is an object with exactly one of {', '.join(allowed)}", {})
        named = [field for field in allowed if field in value]
        if len(named) != 1:
            got = " and ".join(named) or ", ".join(str(name)[:40] for name in list(value)[:4]) or "an empty object"
            raise PydanticCustomError(
                "one_of", f"{what} has exactly one of {', '.join(allowed)}; got {{got}}", {"got": got}
            )
        return value

    return BeforeValidator(check)


Target: TypeAlias = Annotated[
    Annotated[
        Annotated[QuadTarget, Tag("one-of:quad_px")]
        | Annotated[MaskTarget, Tag("one-of:mask_id")]
        | Annotated[MaskPngTarget, Tag("one-of:mask_png_base64")]
        | Annotated[RegionTarget, Tag("one-of:region_id")]
        | Annotated[FindTarget, Tag("one-of:find")],
        Discriminator(_field_of),
    ],
    _exactly_one("a target", TARGET_FIELDS),
]
StyleFrom: TypeAlias = Annotated[
    Annotated[
        Annotated[StyleQuad, Tag("one-of:quad_px")] | Annotated[StyleRegion, Tag("one-of:region_id")],
        Discriminator(_field_of),
    ],
    _exactly_one("style_from", STYLE_FIELDS),
]


def _check_any(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise PydanticCustomError("too_short", "at least one edit is needed, got none", {})
    return items


class EditItem(Model):
    """One word to change. `text` "" removes it. `style_from` is by default the old word under the target."""

    target: Target
    text: WrittenText
    old_text: Annotated[
        SearchedText | None,
        Field(description="what stands there, if you know better than the text reader: the face is found by it"),
    ] = None
    style_from: StyleFrom | None = None


class EditOptions(Model):
    """How to draw. None leaves a choice to the model; what it chose is in the result."""

    num_inference_steps: Annotated[Integer, Field(ge=1, le=200)] | None = None
    guidance_scale: Annotated[Number, Field(ge=0, le=30)] | None = None
    search_candidates: (
        Annotated[Integer, Field(ge=1, le=32, description="initial noises tried a candidate; 1 = no search")] | None
    ) = None
    refine: Flag | None = None
    feather_px: (
        Annotated[
            Number,
            Field(
                ge=0,
                le=32,
                description="photo pixels over which the mask's whole inside fades in from its edge, at most half its "
                "depth; null: only what surrounds the letters is repainted, its edge as soft as their size asks for",
            ),
        ]
        | None
    ) = None
    fallback: Literal["typeset", "none"] = "typeset"
    max_attempts: Annotated[
        Integer, Field(ge=1, le=5, description="rounds of candidates with new seeds while none reads right")
    ] = 3
    redraw: Annotated[
        Integer,
        Field(ge=0, le=999, description="how often it was drawn before: each time in the next typefaces"),
    ] = 0
    previews: Annotated[Flag, Field(description="small pictures of the drawing in live `progress` events")] = False


class OutputOptions(Model):
    """The file of the result. `quality` counts for jpeg and webp."""

    format: OutputFormat = "png"
    quality: Annotated[Integer, Field(ge=1, le=100)] = 95


class DrawingRequest(Model):
    """What an edit and a generation are told alike."""

    n: Annotated[Integer, Field(ge=1, le=8, description="candidates drawn in a round")] = 4
    seed: Annotated[Seed | None, Field(description="without one the service draws one; it is in the state")] = None
    options: EditOptions = EditOptions()
    verify: Annotated[Flag, Field(description="read candidates back and prefer those that read right")] = True
    output: OutputOptions = OutputOptions()
    client_ref: Annotated[ClientRef | None, Field(description="yours; given back in the state")] = None
    dry_run: Annotated[Flag, Field(description="check everything, queue nothing")] = False
    priority: Annotated[Priority, Field(description="interactive edits run before those of a batch")] = "interactive"


class EditRequest(DrawingRequest):
    """The body of `POST /v1/edits`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "image_id": "img_" + "0a" * 32,
                    "edits": [
                        {
                            "target": {"quad_px": [[412, 96], [618, 101], [616, 152], [410, 147]]},
                            "text": "TAXI",
                        }
                    ],
                    "seed": 1,
                },
                {
                    "image_id": "img_" + "0a" * 32,
                    "edits": [{"target": {"find": {"text": "EXIT"}}, "text": "TAXI"}],
                    "n": 2,
                    "output": {"format": "jpeg", "quality": 90},
                },
            ]
        }
    )

    image_id: ImageId
    edits: Annotated[
        tuple[EditItem, ...],
        Field(max_length=MAX_EDITS, json_schema_extra={"minItems": 1}),
        AfterValidator(_check_any),  # `min_length` would also complain of every item that was refused
    ]
