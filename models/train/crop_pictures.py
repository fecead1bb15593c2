"""What a network on crops makes of a few samples, as one picture: looked at while it trains."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.config import CropSamplerConfig
from models.data.crop_batches import collate_crops
from models.data.crop_samples import CropSample
from models.diffusion.ddpm import DdpmScalings, ddpm_levels
from models.nets.crop_net import CropCondition
from models.pipeline.crop_drawing import CropSampler
from models.pipeline.drawing import to_picture
from models.regions.latent_mask import resized_latent_mask
from models.train.crop_starts import Start

_WHILE_TRAINING = CropSamplerConfig(num_inference_steps=10, search_candidates=1)


@torch.no_grad()
def draw_sample(start: Start, sample: CropSample, sampler: CropSamplerConfig, *, seed: int) -> tuple[Tensor, Tensor]:
    """The sample's text painted where its mask is → picture (1, 3, S, S) in [-1, 1], attention maps (L, h, w)."""
    config, device = start.config, start.net.char_encoder.positions.device
    batch = collate_crops([(0, sample)], max_chars=config.char_encoder.max_chars).to(device)
    factor = config.autoencoder.latent_factor
    posterior = start.autoencoder.encode(batch.images * (1 - batch.mask)).latent_dist
    condition = CropCondition(
        masked_latents=posterior.mode() * config.autoencoder.scaling_factor,
        mask=resized_latent_mask(batch.mask, factor, config.mask_resize),
        characters=start.net.char_encoder(batch.char_ids),
        char_valid=batch.char_valid,
    )
    painter = CropSampler(
        start.net,
        DdpmScalings(ddpm_levels(config.noise)),
        sampler,
        condition=condition,
        unconditional=condition.without_text(),
        crop_mask=batch.mask,
        inked=batch.char_valid & (batch.char_ids > 0),
    )
    latents, maps, _ = painter.draw([seed], on_step=lambda *_: None, on_denoised=lambda *_: None)
    picture = start.autoencoder.decode(latents / config.autoencoder.scaling_factor).sample
    return torch.where(batch.mask > 0, picture.float().clamp(-1, 1), batch.images), maps[0]


def sample_sheet(
    start: Start, samples: Sequence[CropSample], *, sampler: CropSamplerConfig = _WHILE_TRAINING
) -> NDArray[np.uint8]:
    """uint8 (H, W, 3), a row each: the sample, what the network sees of it, what it paints, and the attention."""
    encoder = start.net.char_encoder
    with_dropout = encoder.training
    encoder.eval()
    rows = []
    for seed, sample in enumerate(samples):
        painted, maps = draw_sample(start, sample, sampler, seed=seed)
        seen = np.where(sample.mask[..., None], np.uint8(128), sample.image)
        rows.append(np.concatenate([sample.image, seen, to_picture(painted), _coloured(maps, sample)], axis=1))
    encoder.train(with_dropout)
    return np.concatenate(rows)


def _coloured(maps: Tensor, sample: CropSample) -> NDArray[np.uint8]:
    """Each cell in the colour of the character that it attends to most, as bright as it does; `maps` (L, h, w)."""
    levels = maps[: len(sample.text)].cpu().numpy()
    colours = np.random.default_rng(0).uniform(60, 255, (len(levels), 3))
    strongest = levels.argmax(axis=0)
    picture = colours[strongest] * (levels.max(axis=0) / max(float(levels.max()), 1e-6))[..., None]
    cell = len(sample.mask) // picture.shape[0]
    return np.asarray(picture.astype(np.uint8).repeat(cell, axis=0).repeat(cell, axis=1))
