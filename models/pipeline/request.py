"""What an edit asks for and what it gives back: plain frozen data. Knows no networks."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.config import SamplerConfig, Sampling
from models.regions.quad import Mask, Quad

Image = NDArray[np.uint8]
CropPlace = tuple[int, int, int]  # (x0, y0, side) of a square of the photo that a model worked on; it may reach beyond
Stage = Literal["loading_model", "searching_noise", "drawing", "blending", "checking"]


@dataclass(frozen=True)
class EditTarget:
    """Where to write. `mask` bool (H, W), True = repaint, is the only part of the photo that may change.

    `old_text` is the word under the quad where known: its letters tell the size and width of the new ones. "" says that
    nothing stands there; None leaves that to be found out.
    `style_quad_px` is another word to take the style from; by default the old word itself, or the nearest one on the
    same ground.
    """

    quad_px: Quad
    mask: Mask
    old_text: str | None = None
    style_quad_px: Quad | None = None


@dataclass(frozen=True)
class EditOptions:
    """How to draw. Everything here is in the report. `seed` gives candidate i the seed `seed + i`.

    `redraw`: how often it was drawn before; the faces of those drawings are left out, till no likely ones are left.

    `feather_px`: the whole inside of the mask is repainted and fades in from the mask's edge over so many photo pixels,
    over no more than half of its depth. None: only what surrounds the letters is, its edge as soft as suits their size.
    """

    seed: int
    num_candidates: int = 4
    max_attempts: int = 3  # further rounds of candidates with new seeds while none reads right
    verify: bool = True
    fallback: Literal["typeset", "none"] = "typeset"
    sampler: Sampling = SamplerConfig()  # of the model's own family
    feather_px: float | None = None
    redraw: int = 0


@dataclass(frozen=True, eq=False)
class CharacterMaps:
    """Where the characters of `text` were attended to: `heat` uint8 (L, h, w), 255 at a character's own maximum.

    `peaks` (L,) say which share of all attention that maximum is. The maps' corners lie at `quad_px` in the photo, or
    beyond its border. Where no letters are to go or to come they are 0: what the network makes there isn't used.
    """

    text: str
    heat: NDArray[np.uint8]
    peaks: tuple[float, ...]
    quad_px: Quad


@dataclass(frozen=True)
class Candidate:
    """One drawing of the new word. `strip` uint8 (64, W, 3) is what the model or the typesetter made."""

    index: int
    kind: Literal["model", "typeset"]
    seed: int
    ocr_text: str | None  # None when nothing was read back (`verify` off)
    verified: bool
    char_errors: int | None
    score: float
    strip: Image = field(repr=False)
    maps: CharacterMaps | None = field(default=None, repr=False)  # of a drawing with letters

    def report(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("strip", "maps")}


@dataclass(frozen=True)
class EditResult:
    """The edited photo and everything that was tried. `candidates` are in order of rank, the best first."""

    image: Image = field(repr=False)
    candidates: tuple[Candidate, ...]
    mask: Mask = field(repr=False)
    changed_outside_mask_px: int
    text: str
    options: EditOptions
    switched_on: dict[str, bool]
    attempts: int
    timings_s: dict[str, float]
    source_strip: Image = field(repr=False)
    images: tuple[Image, ...] = field(default=(), repr=False)  # the photo with each of `candidates`
    crops_px: tuple[CropPlace, ...] = ()

    @property
    def best(self) -> Candidate:
        return self.candidates[0]

    def report(self, *, model: str) -> dict[str, Any]:
        """The report as JSON-ready data: model, seed, steps, what was on, every candidate, timings."""
        return {
            "model": model,
            "text": self.text,
            "seed": self.options.seed,
            "best": self.best.index,
            "kind": self.best.kind,
            "verified": self.best.verified,
            "attempts": self.attempts,
            "changed_outside_mask_px": self.changed_outside_mask_px,
            "switched_on": self.switched_on,
            "crops_px": self.crops_px,
            "sampler": asdict(self.options.sampler),
            "feather_px": self.options.feather_px,
            "redraw": self.options.redraw,
            "candidates": [candidate.report() for candidate in self.candidates],
            "timings_s": {stage: round(seconds, 4) for stage, seconds in self.timings_s.items()},
        }


# (stage, candidate index or None, step, number of steps)
ProgressCallback = Callable[[Stage, int | None, int, int], None]
# (how to make the strip as it looks now, uint8 (64, W, 3); where its text stands in the photo); once a step
PreviewCallback = Callable[[Callable[[], Image], Quad], None]
# a candidate that is drawn and read back
CandidateCallback = Callable[[Candidate], None]
