"""A text that is too long for the model at once: word by word, each into its share of the mask."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from models.checkpoints.crop_store import CropModel
from models.diffusion.ddpm import DdpmScalings
from models.errors import BadTargetError
from models.pipeline.crop_painting import CropPainting, crop_sampler, decoded, lay_crop, place, switches
from models.pipeline.families import DenoisedHook, Drawing, Laid, StepHook
from models.pipeline.request import CharacterMaps, CropPlace, EditOptions, Image
from models.pipeline.scene import Scene
from models.regions.crop import crop_frame
from models.regions.quad import Mask
from models.regions.shares import word_shares
from models.regions.strip import rectify

_WORD_SEED_STRIDE = 10_007


class WordsPainting:
    """Several words on one line, drawn one after the other: each sees those before it.

    Its latents are those of the words so far, (words, C, h, w).
    """

    def __init__(
        self,
        model: CropModel,
        scalings: DdpmScalings,
        image: Image,
        mask: Mask,
        scene: Scene,
        words: Sequence[str],
        options: EditOptions,
    ) -> None:
        self.model, self.scalings, self.options = model, scalings, options
        self.config = crop_sampler(model, options)
        self.image, self.scene, self.words = image, scene, words
        self.shares = word_shares(mask, scene.frame, words)
        if not all(share.any() for share in self.shares):
            raise BadTargetError(f"the mask has no room for {len(words)} words side by side: make it wider")
        self.frames = [crop_frame(share, size_px=model.config.crop_size_px) for share in self.shares]

    @property
    def crops_px(self) -> tuple[CropPlace, ...]:
        return tuple(map(place, self.frames))

    @property
    def switched_on(self) -> dict[str, bool]:
        return {**switches(self.config, writes=True), "word_by_word": True}

    drawings_at_once = 1  # each word of each drawing is painted into a photo of its own

    def draw(self, seeds: Sequence[int], *, on_step: StepHook, on_denoised: DenoisedHook) -> list[Drawing]:
        (seed,) = seeds
        steps, total = self.config.num_inference_steps, self.config.num_inference_steps * len(self.words)
        image, drawings = self.image, list[Drawing]()
        for index, (word, share) in enumerate(zip(self.words, self.shares, strict=True)):
            painting = CropPainting(self.model, self.scalings, image, share, self.scene, word, self.options)
            before = [drawing.latents for drawing in drawings]
            (drawing,) = painting.draw(
                [seed + index * _WORD_SEED_STRIDE],
                on_step=_after_steps(index * steps, total, on_step),
                on_denoised=_after_words(before, on_denoised),
            )
            drawings.append(drawing)
            image = painting.lay(drawing.latents).image
        stages = drawings[0].timings_s
        whole = Drawing(
            torch.cat([drawing.latents for drawing in drawings]),
            self._maps([drawing.maps for drawing in drawings if drawing.maps is not None]),
            {stage: sum(drawing.timings_s[stage] for drawing in drawings) for stage in stages},
        )
        return [whole]

    def strip(self, latents: Tensor) -> Image:
        return self.lay(latents).strip

    def lay(self, latents: Tensor) -> Laid:
        edited = self.image
        for some, share, frame in zip(
            torch.split(latents, 1), self.shares, self.frames, strict=False
        ):  # of the words so far
            edited = lay_crop(edited, share, self.scene, decoded(self.model, some), frame, self.options.feather_px)
        return Laid(edited, rectify(edited, self.scene.frame))

    def _maps(self, of_words: Sequence[CharacterMaps]) -> CharacterMaps:
        """One for the whole text; a space between words was attended to by nobody."""
        heats = iter([heat for maps in of_words for heat in maps.heat])
        peaks = iter([peak for maps in of_words for peak in maps.peaks])
        nothing = np.zeros_like(of_words[0].heat[0])
        text, spaces = self.scene.text, [character == " " for character in self.scene.text]
        heat = np.stack([nothing if space else next(heats) for space in spaces])
        return CharacterMaps(text, heat, tuple(0.0 if space else next(peaks) for space in spaces), of_words[0].quad_px)


def _after_steps(done: int, total: int, on_step: StepHook) -> StepHook:
    return lambda step, _of_one_word: on_step(done + step, total)


def _after_words(before: list[Tensor], on_denoised: DenoisedHook) -> DenoisedHook:
    return lambda latents: on_denoised([torch.cat([*before, *latents])])
