"""What draws: a loaded model as the worker sees it. The only file of the service that knows `TextEditor`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.errors import BadModelError, ModelsError
from worker.contract import EditRequest, StageName
from worker.errors import BadSettingError
from worker.targets import Target, at_corners

if TYPE_CHECKING:
    from models.config import SamplerConfig
    from models.pipeline import Candidate, EditOptions, TextEditor
    from models.reading.words import Word

logger = logging.getLogger(__name__)

T = TypeVar("T")
Image = NDArray[np.uint8]  # (H, W, 3) RGB


class Watcher(Protocol):
    """Who is told what a painter does. What it raises stops the painter, and passes through."""

    def progress(self, stage: StageName, candidate: int | None, step: int, total: int) -> None:
        """`step` steps of `total` are done."""

    def preview(self, draw: Callable[[], Image]) -> None:
        """`draw` makes a picture of the drawing so far; it is called when one is wanted."""

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
    """A drawing, and the photo with it."""

    judged: Judged
    picture: Image = field(repr=False)


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

    def find(self, image: Image) -> "list[Word]":
        """The words in a photo, in reading order."""
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
    def load(cls, model: str | None, devices: tuple[str, ...]) -> "ModelPainter":
        """A model's folder, or the name of one that came with Respell; None is the built-in one.

        It runs on the first of `devices` that it can run on. Raises BadModelError and BadSettingError.
        """
        from models.pipeline import TextEditor

        folder = None if model is None else _folder(model)
        for device in devices:
            try:
                return cls(TextEditor.load(folder, device=device), device=device)
            except ModelsError:
                raise
            except ValueError as error:  # not a device for this model
                logger.info("%s", error)
        raise BadSettingError(f"the model runs on none of the devices {', '.join(devices)}")

    @property
    def model_name(self) -> str:
        return self.editor.model_name

    def find(self, image: Image) -> "list[Word]":
        return self.editor.reader.find(image)

    def check_text(self, text: str) -> None:
        from models.pipeline import check_text

        check_text(text)

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
        drawn = tuple(Drawn(_judged(candidate), picture) for candidate, picture in pairs)
        return Painted(drawn, result.timings_s)


def editor_options(request: EditRequest, sampler: "SamplerConfig") -> "EditOptions":
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


def _folder(model: str) -> Path:
    from models.pipeline import BUILT_IN

    if Path(model).is_dir():
        return Path(model)
    names = sorted(path.name for path in BUILT_IN.parent.glob("*") if path.is_dir())
    if model not in names:
        raise BadModelError(
            f"no model {model!r}: it is no folder, and the models here are {', '.join(names) or 'none'}"
        )
    return BUILT_IN.parent / model
