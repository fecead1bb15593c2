"""One square crop of a photo: cut, encoded, drawn on, and laid back where the mask is."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor

from models.checkpoints.crop_store import CropModel
from models.config import CropSamplerConfig
from models.data.stream import to_tensor
from models.diffusion.ddpm import DdpmScalings
from models.diffusion.noise import draw_noise
from models.nets.crop_net import CropCondition
from models.nets.label_encoder import encode_labels
from models.pipeline.crop_drawing import SEED_STRIDE, CropSampler
from models.pipeline.drawing import to_picture
from models.pipeline.families import DenoisedHook, Drawing, Laid, StepHook
from models.pipeline.request import CharacterMaps, CropPlace, EditOptions, Image
from models.pipeline.scene import Scene
from models.regions.composite import composite, feather_within
from models.regions.crop import CropFrame, crop_frame, cut, cut_mask, heat_on_strip, uncut
from models.regions.latent_mask import resized_latent_mask
from models.regions.quad import Mask, quad_size
from models.regions.strip import rectify

_FEATHER_SHARE = 0.05  # of the text's height in the photo
_STRIP_CELL_PX = 4  # maps are as fine on the strip as those of the built-in model
# Seeds of what is random besides the first noise; as far from the seeds of a search as no search is long.
_ENCODER_SEED, _CONDITIONAL_SEED, _UNCONDITIONAL_SEED = (k * SEED_STRIDE for k in (100_001, 100_002, 100_003))


class CropPainting:
    """One crop, cut and encoded, to write `text` on: the scene's, or one of its words."""

    def __init__(
        self,
        model: CropModel,
        scalings: DdpmScalings,
        image: Image,
        mask: Mask,
        scene: Scene,
        text: str,
        options: EditOptions,
    ) -> None:
        config = crop_sampler(model, options)
        self.model, self.scalings, self.config, self.feather_px = model, scalings, config, options.feather_px
        self.image, self.mask, self.scene, self.text = image, mask, scene, text
        self.frame = crop_frame(mask, size_px=model.config.crop_size_px)
        crop_mask = torch.from_numpy(cut_mask(mask, self.frame))[None, None].float()
        self.crop_mask = crop_mask.to(model.device)
        crop = to_tensor([cut(image, self.frame)]).to(model.device)
        self.posterior = model.autoencoder.encode(crop * (1 - self.crop_mask)).latent_dist
        factor = model.config.autoencoder.latent_factor
        self.latent_mask = resized_latent_mask(self.crop_mask, factor, model.config.mask_resize)

    @property
    def crops_px(self) -> tuple[CropPlace, ...]:
        return (place(self.frame),)

    @property
    def switched_on(self) -> dict[str, bool]:
        return switches(self.config, writes=bool(self.text))

    @property
    def drawings_at_once(self) -> int:
        """One on a CPU, which gains nothing by more: decision 030."""
        return 1 if self.model.device.type == "cpu" else self.config.batch_size

    def draw(self, seeds: Sequence[int], *, on_step: StepHook, on_denoised: DenoisedHook) -> list[Drawing]:
        sampler = self._sampler(seeds)
        latents, shares, timings_s = sampler.draw(
            seeds, on_step=on_step, on_denoised=lambda denoised: on_denoised(torch.split(denoised, 1))
        )
        each_s = {stage: seconds / len(seeds) for stage, seconds in timings_s.items()}
        maps = [self._maps(share) if sampler.writes else None for share in shares]
        return [Drawing(own, one, each_s) for own, one in zip(torch.split(latents, 1), maps, strict=True)]

    def strip(self, latents: Tensor) -> Image:
        return self.lay(latents).strip

    def lay(self, latents: Tensor) -> Laid:
        edited = lay_crop(self.image, self.mask, self.scene, decoded(self.model, latents), self.frame, self.feather_px)
        return Laid(edited, rectify(edited, self.scene.frame))

    def _sampler(self, seeds: Sequence[int]) -> CropSampler:
        max_chars, device = self.model.config.char_encoder.max_chars, self.model.device
        char_ids, char_valid = (t.to(device) for t in encode_labels([self.text], max_chars=max_chars))
        condition = CropCondition(
            masked_latents=self._masked_latents([seed + _CONDITIONAL_SEED for seed in seeds]),
            mask=self.latent_mask.expand(len(seeds), -1, -1, -1),
            characters=torch.cat([self._encoded(char_ids, seed + _ENCODER_SEED) for seed in seeds]),
            char_valid=char_valid.expand(len(seeds), -1),
        )
        masked_latents = self._masked_latents([seed + _UNCONDITIONAL_SEED for seed in seeds])
        unconditional = replace(condition.without_text(), masked_latents=masked_latents)
        inked = char_valid if self.config.published_scores else char_valid & (char_ids > 0)
        return CropSampler(
            self.model.net,
            self.scalings,
            self.config,
            condition=condition if self.text else unconditional,
            unconditional=unconditional,
            crop_mask=self.crop_mask,
            inked=inked,
        )

    def _encoded(self, char_ids: Tensor, seed: int) -> Tensor:
        """(1, L, D). With dropout the draw depends on the device too: it is torch's own."""
        encoder = self.model.net.char_encoder
        devices = [char_ids.device] if char_ids.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(seed)
            encoder.train(self.config.encoder_dropout)
            features: Tensor = encoder(char_ids)
            encoder.eval()
        return features

    def _masked_latents(self, seeds: Sequence[int]) -> Tensor:
        latents: Tensor = self.posterior.mode().expand(len(seeds), -1, -1, -1)
        if self.config.sample_posterior:
            noise = draw_noise((latents.shape[1], latents.shape[2], latents.shape[3]), seeds=seeds)
            latents = latents + self.posterior.std * noise.to(latents.device)
        return latents * self.model.config.autoencoder.scaling_factor

    def _maps(self, shares: Tensor) -> CharacterMaps:
        """`shares` (L, h, w) of the crop's attention → on the strip, where the mask is."""
        height, width = (side // _STRIP_CELL_PX for side in self.scene.strip.shape[:2])
        area = cv2.resize(self.scene.strip_mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        heats = [
            heat_on_strip(share.numpy(), self.frame, self.scene.frame, (height, width)) * area
            for share in shares[: len(self.text)]
        ]
        peaks = tuple(float(heat.max()) for heat in heats)
        levels = [heat / max(peak, 1e-6) * 255 for heat, peak in zip(heats, peaks, strict=True)]
        return CharacterMaps(self.text, np.rint(levels).astype(np.uint8), peaks, self.scene.frame.outline)


def switches(config: CropSamplerConfig, *, writes: bool) -> dict[str, bool]:
    """What of the family's parts takes part."""
    return {
        "noise_search": config.search_candidates > 1 and writes,
        "refinement": config.refine and writes,
        "guidance": config.guidance_scale != 1 and writes,
        "encoder_dropout": config.encoder_dropout,
    }


def decoded(model: CropModel, latents: Tensor) -> Image:
    """(1, C, h, w) → uint8 (H, W, 3)."""
    return to_picture(model.autoencoder.decode(latents / model.config.autoencoder.scaling_factor).sample)


def lay_crop(image: Image, mask: Mask, scene: Scene, crop: Image, frame: CropFrame, feather_px: float | None) -> Image:
    """The photo (H, W, 3) with the crop in it where the mask is; `feather_px` is that of `EditOptions`."""
    patch, box = uncut(crop, frame, mask)
    height_px, _ = quad_size(scene.frame.quad)
    soft_px = max(1.0, _FEATHER_SHARE * height_px) if feather_px is None else feather_within(mask, feather_px)
    return composite(image, patch, mask, box, feather_px=soft_px)


def crop_sampler(model: CropModel, options: EditOptions) -> CropSamplerConfig:
    """Raises TypeError for another family's."""
    if not isinstance(options.sampler, CropSamplerConfig):
        raise TypeError(f"{model.name} samples by a CropSamplerConfig, got {options.sampler}")
    return options.sampler


def place(frame: CropFrame) -> CropPlace:
    """The frame as it stands in the report."""
    return frame.x0, frame.y0, frame.side_px
