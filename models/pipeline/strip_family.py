"""The family of the built-in model: it draws over a typeset draft, on a strip 64 px high."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from models.charset import ACCENTED, CHARSET, MAX_CHARS
from models.checkpoints.store import Model
from models.config import SamplerConfig
from models.data.opinions import opinion_of
from models.data.typeset import FaceJudge
from models.diffusion.scalings import EdmScalings
from models.pipeline.checking import lay_strip
from models.pipeline.drawing import Sampler, nearer_to_draft, to_picture
from models.pipeline.families import DenoisedHook, Drawing, Laid, StepHook
from models.pipeline.request import EditOptions, EditTarget, Image
from models.pipeline.scene import Scene, check_text, make_condition, strip_latents
from models.regions.quad import Mask


class StripFamily:
    """A `Model` and its scalings."""

    charset = CHARSET + ACCENTED
    max_chars = MAX_CHARS
    draws_over_drafts = True

    def __init__(self, model: Model) -> None:
        self.model = model
        self.scalings = EdmScalings(model.config.sigma_data)

    def check_text(self, text: str) -> None:
        check_text(text)

    @property
    def judge(self) -> FaceJudge:
        return partial(opinion_of, matcher=self.model.face_matcher)

    def begin(self, image: Image, target: EditTarget, scene: Scene, options: EditOptions) -> "StripPainting":
        if not isinstance(options.sampler, SamplerConfig):
            raise TypeError(f"{self.model.name} samples by a SamplerConfig, got {options.sampler}")
        place = StripPlace(image, target.mask, scene, options.feather_px)
        return StripPainting(self.model, self.scalings, place, options.sampler)

    def reconstruct(self, strip: Image) -> Image:
        return to_picture(self.model.autoencoder.decode(strip_latents(strip, self.model.autoencoder)))


@dataclass(frozen=True, eq=False)
class StripPlace:
    """Where and how softly a strip is laid; `feather_px` as in `EditOptions`."""

    image: Image
    mask: Mask
    scene: Scene
    feather_px: float | None


class StripPainting:
    """One scene, encoded."""

    crops_px = ()
    drawings_at_once = 1  # each over a draft of its own: decision 005

    def __init__(self, model: Model, scalings: EdmScalings, place: StripPlace, config: SamplerConfig) -> None:
        self.model, self.place, self.scene, self.config = model, place, place.scene, config
        condition = make_condition(place.scene, model.autoencoder)
        self.scene_latents = strip_latents(place.scene.strip, model.autoencoder)
        self.sampler = Sampler(model.net, scalings, config, condition)

    @property
    def switched_on(self) -> dict[str, bool]:
        writes = bool(self.scene.text)
        return {
            "noise_search": self.config.search_candidates > 1 and writes,
            "refinement": self.config.refine and writes,
            "blending": self.config.blend,
            "guidance": self.config.guidance_scale != 1,
        }

    def draw(self, seeds: Sequence[int], *, on_step: StepHook, on_denoised: DenoisedHook) -> list[Drawing]:
        (seed,) = seeds
        drawing = self.sampler.draw(
            self.scene,
            self.scene_latents,
            seed=seed,
            on_step=on_step,
            on_denoised=lambda latents: on_denoised([latents]),
        )
        return [drawing]

    def strip(self, latents: torch.Tensor) -> Image:
        """What the network drew, as far as it is trusted to depart from its draft."""
        drawn = to_picture(self.model.autoencoder.decode(latents))
        draft = self.scene.draft
        return nearer_to_draft(drawn, draft.strip, draft.coverage, self.config.residual_scale)

    def lay(self, latents: torch.Tensor) -> Laid:
        strip = self.strip(latents)
        place = self.place
        return Laid(lay_strip(place.image, place.mask, self.scene, strip, feather_px=place.feather_px), strip)
