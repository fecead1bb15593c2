"""What draws: a loaded model as the worker sees it. The only file of the service that knows `TextEditor`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from worker.contract import EditRequest, ModelFacts, StageName
from worker.targets import Target, at_corners

if TYPE_CHECKING:
    from models.config import Sampling
    from models.pipeline import Candidate, CharacterMaps, EditOptions, TextEditor
    from models.reading.words import Word
    from models.regions.quad import Quad

T = TypeVar("T")
Image = NDArray[np.uint8]  # (H, W, 3) RGB


class Watcher(Protocol):
    """Who is told what a painter does. What it raises stops the painter, and passes through."""

    def progress(self, stage: StageName, candidate: int | None, step: int, total: int) -> None:
        """`step` steps of `total` are done."""

    def preview(self, draw: Callable[[], Image], quad_px: "Quad") -> None:
        """`draw` makes a picture of the drawing so far, whose text stands at `quad_px`; called when one is wanted."""

    def judged(self, drawn: "Judged") -> None:
        """A candidate is drawn and read back."""


@dataclass(frozen=True)
class Judged:
    """One drawing of a word, and how it reads."""

    index: int
    kind: Literal["model", "typeset"]
    seed: int
    ocr_text: str | None
    score: float
    verified: bool
    char_errors: int | None


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawing, the photo with it, and where its characters were attended to if it has any that the model drew."""

    judged: Judged
    picture: Image = field(repr=False)
    maps: "CharacterMaps | None" = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Painted:
    """All drawings of a word in order of rank, the best first."""

    candidates: tuple[Drawn, ...]
    timings_s: dict[str, float]


class Painter(Protocol):
    """A model, loaded and warm. Not safe for several threads at once."""

    @property
    def model_name(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def facts(self) -> ModelFacts:
        """What it can write."""
        ...

    def find(self, image: Image) -> "list[Word]":
        """The words in a photo, in reading order."""
        ...

    def find_lines(self, image: Image) -> "list[Word]":
        """All that looks like a line of text, readable or not."""
        ...

    def check_text(self, text: str) -> None:
        """Raises BadTextError for one that can't be written."""
        ...

    def paint(self, image: Image, target: Target, text: str, request: EditRequest, watcher: Watcher) -> Painted:
        """Writes `text` at `target`, as `request` says how. Raises BadTargetError and BadTextError."""
        ...


class ModelPainter:
    """A real model: `TextEditor`."""

    def __init__(self, editor: "TextEditor", *, device: str) -> None:
        self.editor, self.device = editor, device

    @classmethod
    def load(cls, model: str | None, *, device: str) -> "ModelPainter":
        """A model's folder, or the name of one that came with Respell; None is the built-in one. Raises BadModelError.

        `device` is one of `worker.devices`.
        """
        from models.pipeline import TextEditor, model_folder

        return cls(TextEditor.load(model_folder(model), device=device), device=device)

    @property
    def model_name(self) -> str:
        return self.editor.model_name

    @property
    def facts(self) -> ModelFacts:
        from models.regions.quad import MIN_HEIGHT_PX

        family = self.editor.family
        return ModelFacts(
            name=self.model_name,
            charset=family.charset,
            max_chars=family.max_chars,
            min_char_height_px=MIN_HEIGHT_PX,
        )

    def find(self, image: Image) -> "list[Word]":
        return self.editor.reader.find(image)

    def find_lines(self, image: Image) -> "list[Word]":
        return self.editor.reader.find(image, min_confidence=0.0)

    def check_text(self, text: str) -> None:
        self.editor.family.check_text(text)

    def warm(self) -> None:
        """One small edit of a grey picture: everything is loaded and has run once before the first real edit."""
        from models.pipeline import EditOptions

        image = np.full((64, 128, 3), 200, np.uint8)
        target = at_corners([(16, 16), (112, 16), (112, 48), (16, 48)], (64, 128), old_text="warm")
        sampler = replace(self.editor.model.sampler, num_inference_steps=1)
        options = EditOptions(seed=0, num_candidates=1, max_attempts=1, fallback="none", sampler=sampler)
        self.editor.edit(image, target.for_editor(), "warm", options)
        self.find(image)

    def paint(self, image: Image, target: Target, text: str, request: EditRequest, watcher: Watcher) -> Painted:
        result = self.editor.edit(
            image,
            target.for_editor(),
            text,
            editor_options(request, self.editor.model.sampler),
            progress=watcher.progress,
            preview=watcher.preview,
            judged=lambda candidate: watcher.judged(_judged(candidate)),
        )
        pairs = zip(result.candidates, result.images, strict=True)
        drawn = tuple(Drawn(_judged(candidate), picture, candidate.maps) for candidate, picture in pairs)
        return Painted(drawn, result.timings_s)


def editor_options(request: EditRequest, sampler: "Sampling") -> "EditOptions":
    """What the request asks for; what it leaves open is the model's own way of sampling."""
    from models.pipeline import EditOptions

    if request.seed is None:
        raise ValueError("a request that is drawn has a seed")
    asked = request.options
    return EditOptions(
        seed=request.seed,
        num_candidates=request.n,
        max_attempts=asked.max_attempts,
        verify=request.verify,
        fallback=asked.fallback,
        feather_px=asked.feather_px,
        redraw=asked.redraw,
        sampler=replace(
            sampler,
            num_inference_steps=_or(asked.num_inference_steps, sampler.num_inference_steps),
            guidance_scale=_or(asked.guidance_scale, sampler.guidance_scale),
            search_candidates=_or(asked.search_candidates, sampler.search_candidates),
            refine=_or(asked.refine, sampler.refine),
        ),
    )


def _judged(candidate: "Candidate") -> Judged:
    return Judged(
        candidate.index,
        candidate.kind,
        candidate.seed,
        candidate.ocr_text,
        candidate.score,
        candidate.verified,
        candidate.char_errors,
    )


def _or(asked: T | None, models_own: T) -> T:
    return models_own if asked is None else asked
