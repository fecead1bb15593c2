"""The autoencoder of models on crops that begin with nothing; the published ones have Stable Diffusion's.

Absolute error, edges, and a little of the latents' distance to the normal distribution.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor, nn

from models.config import CropAutoencoderConfig
from models.data.crop_batches import CropBatch, CropSeries, Share, crop_batches
from models.diffusion.noise import draw_noise
from models.nets.crop_net import build_crop_autoencoder
from models.train.autoencoder import picture_gradients
from models.train.loop import Losses
from models.train.steps import StepsConfig, StepTrainer

_STRIDE = 1_000_003
_SHOWN = 10**9  # a batch that no run reaches
_MEASURED = 8  # batches from which the latents' scale is taken
_ANCHOR = 4.0  # far from any colour: what a group norm divides by then hardly depends on the picture
_PASSED_THROUGH = (".conv2.", ".to_out.", "sampler", "conv_shortcut", "quant_conv")  # residual, or handed on
_QUARTET = 4  # channels a colour: itself, its negative, and two anchors


@dataclass(frozen=True)
class CropAutoencoderRun:
    """Everything that a run is made of."""

    steps: StepsConfig
    autoencoder: CropAutoencoderConfig = CropAutoencoderConfig()
    edges: float = 0.5
    divergence: float = 1e-4  # Kullback-Leibler, nats a latent value

    def __post_init__(self) -> None:
        if self.edges < 0 or self.divergence < 0:
            raise ValueError(f"weights must not be negative, got edges {self.edges}, divergence {self.divergence}")


class CropAutoencoderStage(nn.Module):
    """(batch) → the weighted terms."""

    def __init__(self, run: CropAutoencoderRun) -> None:
        super().__init__()
        self.run = run
        self.autoencoder: AutoencoderKL = build_crop_autoencoder(run.autoencoder)
        start_as_averages(self.autoencoder)

    def forward(self, batch: CropBatch) -> Losses:
        images = batch.images.to(self.autoencoder.device)
        posterior = self.autoencoder.encode(images).latent_dist
        shape = (posterior.mean.shape[1], posterior.mean.shape[2], posterior.mean.shape[3])
        noise = draw_noise(shape, seeds=[self.run.steps.seed * _STRIDE + index for index in batch.indices])
        decoded = self.autoencoder.decode(posterior.mean + posterior.std * noise.to(images.device)).sample.float()
        gradients = zip(picture_gradients(images), picture_gradients(decoded), strict=True)
        return {
            "l1": (images - decoded).abs().mean(),
            "edges": self.run.edges * torch.stack([(a - b).abs().mean() for a, b in gradients]).sum(),
            "divergence": self.run.divergence * divergence(posterior.mean.float(), posterior.logvar.float()).mean(),
        }


@torch.no_grad()
def start_as_averages(autoencoder: AutoencoderKL) -> None:
    """Weights with which the first three latents are each cell's mean colour, and decoding repeats it.

    Training begins with a coarse picture instead of noise, which saves most of its time. Each colour travels with its
    negative, as silu(x) - silu(-x) = x, and beside two anchors, which make group norms linear.
    Raises ValueError for widths whose groups don't hold whole quartets.
    """
    config = autoencoder.config
    if any(channels // config.norm_num_groups % _QUARTET for channels in config.block_out_channels):
        raise ValueError(f"channels {config.block_out_channels} in {config.norm_num_groups} groups: no multiples of 4")
    for name, parameter in autoencoder.named_parameters():
        if any(part in name for part in _PASSED_THROUGH):
            nn.init.zeros_(parameter)
        taps, weight = _taps(name)
        if parameter.ndim == 4:
            for row, column in taps:
                parameter[:, :, row, column].fill_diagonal_(weight)
    encoder, decoder = autoencoder.encoder, autoencoder.decoder
    for first in (encoder.conv_in, decoder.conv_in):
        nn.init.zeros_(first.weight)
        first.bias.copy_(torch.tensor([0.0, 0.0, _ANCHOR, -_ANCHOR]).repeat(first.out_channels // _QUARTET))
    for last in (encoder.conv_out, decoder.conv_out):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    encoder.conv_out.bias[config.latent_channels :] = -6.0  # log-variances
    for colour in range(3):
        for sign, channel in ((1.0, _QUARTET * colour), (-1.0, _QUARTET * colour + 1)):
            for first in (encoder.conv_in, decoder.conv_in):
                first.weight[channel, colour, 1, 1] = sign
            for last in (encoder.conv_out, decoder.conv_out):
                last.weight[colour, channel, 1, 1] = sign * _ANCHOR / math.sqrt(2)


def _taps(name: str) -> tuple[list[tuple[int, int]], float]:
    """Where a convolution that hands its channels on has weights (row, column), and which."""
    if "downsamplers" in name:
        return [(0, 0), (0, 1), (1, 0), (1, 1)], 0.25
    if "upsamplers" in name:
        return [(1, 1)], 1.0
    return ([(0, 0)], 1.0) if "conv_shortcut" in name or "quant_conv" in name else ([], 0.0)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of each N(mean, variance) from N(0, 1), nats (Kingma and Welling 2014, app. B)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def train_crop_autoencoder(
    run: CropAutoencoderRun,
    folder: Path,
    *,
    series: CropSeries,
    max_chars: int,
    accelerator: Accelerator,
    num_workers: int = 0,
    max_minutes: float | None = None,
) -> AutoencoderKL:
    """Train, or go on training, in `folder`; returns the averaged autoencoder. Its config's scaling factor brings the
    latents to unit variance.
    """
    torch.manual_seed(run.steps.seed)
    stage = CropAutoencoderStage(run)
    trainer = StepTrainer(
        stage, run.steps, folder, accelerator=accelerator, config=asdict(run), group_of=lambda name: name.split(".")[1]
    )
    share = Share(accelerator.process_index, accelerator.num_processes)

    def positions_to_batches(positions: range) -> Iterator[CropBatch]:
        yield from crop_batches(
            series,
            positions,
            batch_size=run.steps.batch_size,
            max_chars=max_chars,
            share=share,
            num_workers=num_workers,
        )

    shown = next(positions_to_batches(range(_SHOWN, _SHOWN + 1))).images[:4]

    def pictures() -> NDArray[np.uint8]:
        with torch.no_grad():
            latents = stage.autoencoder.encode(shown.to(accelerator.device)).latent_dist.mode()
            decoded = stage.autoencoder.decode(latents).sample.cpu()
        both = torch.cat([shown, decoded.float().clamp(-1, 1)], dim=3)  # (B, 3, S, 2 S)
        return ((both + 1) * 127.5).byte().permute(0, 2, 3, 1).flatten(0, 1).numpy()

    trainer.fit(positions_to_batches, pictures=pictures, max_minutes=max_minutes)
    with trainer.averaged(), torch.no_grad():
        averaged = build_crop_autoencoder(run.autoencoder)
        averaged.load_state_dict(stage.autoencoder.state_dict())
        measured = positions_to_batches(range(_SHOWN, _SHOWN + _MEASURED))
        latents = torch.cat([averaged.encode(batch.images).latent_dist.mean for batch in measured])
    averaged.register_to_config(scaling_factor=float(1 / latents.std()))
    frozen: AutoencoderKL = averaged.eval().requires_grad_(False)
    return frozen
