"""What the editor asks of a family of models. Each family is a file of its own; the editor knows none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from models.checkpoints.crop_store import CropModel
from models.checkpoints.store import Model
from models.data.typeset import FaceJudge
from models.pipeline.request import CharacterMaps, CropPlace, EditOptions, EditTarget, Image
from models.pipeline.scene import Scene

StepHook = Callable[[int, int], None]  # (step, number of steps)
# what the network takes the clean latents of each drawing to be, as `Painting.strip` wants them; once a step
DenoisedHook = Callable[[Sequence[Tensor]], None]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Clean latents (1, C, h, w), attention of the last step if there are letters, and seconds by stage."""

    latents: Tensor
    maps: CharacterMaps | None
    timings_s: dict[str, float]


@dataclass(frozen=True, eq=False)
class Laid:
    """The photo (H, W, 3) with a drawing in it, and the drawing as a strip (64, W, 3)."""

    image: Image
    strip: Image


class Painting(Protocol):
    """One place in one photo, ready to be drawn on as often as wanted."""

    @property
    def switched_on(self) -> dict[str, bool]:
        """What of the family's parts takes part, for the report."""
        ...

    @property
    def crops_px(self) -> tuple[CropPlace, ...]:
        """The squares that are worked on, if they are squares."""
        ...

    @property
    def drawings_at_once(self) -> int:
        """How many candidates are drawn together at the most."""
        ...

    def draw(self, seeds: Sequence[int], *, on_step: StepHook, on_denoised: DenoisedHook) -> list[Drawing]:
        """A candidate for each seed, no more than `drawings_at_once`: the same seed gives the same."""
        ...

    def strip(self, latents: Tensor) -> Image:
        """What is drawn so far, as a strip."""
        ...

    def lay(self, latents: Tensor) -> Laid:
        """Nothing outside the mask changes."""
        ...


class Family(Protocol):
    """A loaded model and its way of working."""

    @property
    def model(self) -> Model | CropModel: ...

    @property
    def charset(self) -> str:
        """Every character that it can write."""
        ...

    @property
    def max_chars(self) -> int: ...

    def check_text(self, text: str) -> None:
        """Raises BadTextError for a text that it can't write; "" removes the word and is fine."""
        ...

    @property
    def judge(self) -> FaceJudge:
        """What is made of a word's font, for drafts and for the typeset fallback."""
        ...

    @property
    def draws_over_drafts(self) -> bool:
        """Whether it is worth while to set several drafts for several drawings."""
        ...

    def begin(self, image: Image, target: EditTarget, scene: Scene, options: EditOptions) -> Painting:
        """Raises TypeError for another family's sampler."""
        ...

    def reconstruct(self, strip: Image) -> Image:
        """A strip through the autoencoder and back: what no drawing can be better than."""
        ...
