"""UDiffText's second stage: the U-Net learns to paint the words that the frozen character encoder spells.

Denoising, attention drawn to each character's own place, and what a frozen recogniser reads in the decoded picture. All
that is random for a sample comes from the sample's index, so batches may be cut, spread and resumed at will.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn

from models.data.crop_batches import CropBatch, CropSeries, Share, crop_batches
from models.diffusion.ddpm import DdpmScalings, ddpm_levels
from models.diffusion.noise import draw_noise
from models.nets.attention import AttentionRecorder
from models.nets.crop_net import CropCondition
from models.objectives.denoising import denoising_loss
from models.objectives.local_attention import local_attention_loss, peak_attention_loss
from models.pipeline.crop_drawing import scored_maps
from models.regions.latent_mask import resized_latent_mask
from models.train.crop_pictures import sample_sheet
from models.train.crop_starts import Start, TrainedSet, select_trained
from models.train.loop import Losses
from models.train.spelling import SpellingJudge
from models.train.steps import StepsConfig, StepTrainer

_STRIDE = 1_000_003  # seeds of one sample's draws lie this far apart: k · stride, k = 0, 1, …
_DRAWS = 5
SHOWN_POSITION = 10**9  # of the samples that are pictured: no run reaches them


@dataclass(frozen=True)
class CropLosses:
    """Weights of the terms, as published but for the form of the attention's.

    `attention_form`: "local" is ours, a cross-entropy over all strokes; "peak" is the published one, which has
    gradients at two cells a character and layer (`objectives.local_attention`; figures in docs/experiments.md).
    """

    attention: float = 0.01
    attention_form: Literal["local", "peak"] = "local"
    recognition: float = 0.001
    recognition_clamp: float = 1.0  # nats a character: what is less readable has no gradient
    label_dropout: float = 0.1  # samples that see no text, for guidance
    encoder_dropout: bool = False  # the published code never switched it off, while training and after

    def __post_init__(self) -> None:
        if self.attention_form not in ("local", "peak"):
            raise ValueError(f"attention_form is {self.attention_form!r}, allowed are 'local' and 'peak'")


@dataclass(frozen=True)
class CropRun:
    """Everything that a run of this stage is made of, besides the nets that it starts with."""

    losses: CropLosses = CropLosses()
    trained: TrainedSet = "attention-and-norm"
    # UDiffText: 8 GPUs, 16 samples each, 100,000 steps of batch 64 in the paper; 0.95 every epoch of 100,000 samples
    steps: StepsConfig = field(
        default_factory=lambda: StepsConfig(
            100_000, 16, 5e-5, seed=0, accumulate=4, lr_decay=0.95, lr_decay_steps=1563, mixed_precision="bf16"
        )
    )


@dataclass(frozen=True, eq=False)
class Draws:
    """What is random for each sample of a batch: `image`, `context` and `noise` (B, C, h, w), `levels` (B,) indices of
    noise levels, `kept` (B,) whether the text is seen.
    """

    image: Tensor
    context: Tensor
    noise: Tensor
    levels: Tensor
    kept: Tensor


class CropStage(nn.Module):
    """(batch) → the weighted terms. Holds the frozen autoencoder, character encoder and recogniser."""

    def __init__(self, start: Start, run: CropRun, judge: SpellingJudge | None) -> None:
        super().__init__()
        self.config, self.losses, self.seed = start.config, run.losses, run.steps.seed
        self.net = start.net
        self.autoencoder = start.autoencoder.eval().requires_grad_(False)
        self.judge = judge
        self.scalings = DdpmScalings(ddpm_levels(start.config.noise))
        select_trained(self.net, run.trained)
        self.net.eval()  # the U-Net has no dropout
        self.net.char_encoder.train(run.losses.encoder_dropout)

    def forward(self, batch: CropBatch) -> Losses:
        batch = batch.to(self.net.char_encoder.positions.device)
        draws = self.draws(batch)
        clean = self.latents(batch.images, draws.image)
        denoised, maps = self.denoise(batch, draws, clean)
        weight = self.scalings.loss_weight(self._sigma(draws))
        losses = {"denoising": denoising_loss(denoised, clean, sigma_weight=weight).mean()}
        if self.losses.attention:
            taught = batch.char_valid & (batch.char_ids > 0) & (draws.kept & batch.has_masks)[:, None]
            form = local_attention_loss if self.losses.attention_form == "local" else peak_attention_loss
            losses["attention"] = self.losses.attention * form(maps, batch.char_masks.float(), taught).mean()
        if self.losses.recognition and self.judge is not None:
            spelling = self.judge(self.decode(denoised), batch.text_boxes, batch.texts)
            spelling = spelling.clamp(max=self.losses.recognition_clamp) * draws.kept
            losses["recognition"] = self.losses.recognition * spelling.mean()
        return losses

    def denoise(self, batch: CropBatch, draws: Draws, clean: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The denoised latents (B, C, h, w) of one noise level a sample, and the maps that are scored."""
        recorder = AttentionRecorder()
        condition = self.condition(batch, draws)
        sigma = self._sigma(draws)
        denoiser = self.scalings.precondition(
            lambda latents, timesteps: self.net(latents, timesteps, condition, recorder)
        )
        denoised = denoiser(clean + sigma[:, None, None, None] * draws.noise, sigma)
        return denoised, scored_maps(recorder, clean)

    @torch.no_grad()
    def condition(self, batch: CropBatch, draws: Draws) -> CropCondition:
        if self.losses.encoder_dropout:
            torch.manual_seed(self.seed * _STRIDE + batch.indices[0])  # dropout knows no other way
        characters = self.net.char_encoder(batch.char_ids) * draws.kept[:, None, None]
        factor = self.config.autoencoder.latent_factor
        return CropCondition(
            masked_latents=self.latents(batch.images * (1 - batch.mask), draws.context),
            mask=resized_latent_mask(batch.mask, factor, self.config.mask_resize),
            characters=characters,
            char_valid=batch.char_valid & draws.kept[:, None],
        )

    def draws(self, batch: CropBatch) -> Draws:
        """Everything random, each sample's from its own index."""
        config, device = self.config, batch.images.device
        side = config.crop_size_px // config.autoencoder.latent_factor
        shape = (config.autoencoder.latent_channels, side, side)
        seeds = [(self.seed * _STRIDE + index) * _DRAWS for index in batch.indices]
        image, context, noise = (draw_noise(shape, seeds=[seed + k for seed in seeds]).to(device) for k in range(3))
        uniform = torch.stack([torch.rand(2, generator=torch.Generator("cpu").manual_seed(s + 3)) for s in seeds])
        levels = (uniform[:, 0] * len(self.scalings.levels)).long()
        return Draws(image, context, noise, levels.to(device), (uniform[:, 1] >= self.losses.label_dropout).to(device))

    def decode(self, latents: Tensor) -> Tensor:
        """Latents → pictures (B, 3, S, S) in [-1, 1], with gradients."""
        pictures: Tensor = self.autoencoder.decode(latents / self.config.autoencoder.scaling_factor).sample
        return pictures.float().clamp(-1, 1)

    @torch.no_grad()
    def latents(self, images: Tensor, noise: Tensor) -> Tensor:
        """A draw from the posterior, as published."""
        posterior = self.autoencoder.encode(images).latent_dist
        drawn: Tensor = posterior.mean + posterior.std * noise
        return drawn.float() * self.config.autoencoder.scaling_factor

    def _sigma(self, draws: Draws) -> Tensor:
        return self.scalings.levels.to(draws.levels.device)[draws.levels]


def train_crops(
    run: CropRun,
    start: Start,
    folder: Path,
    *,
    series: CropSeries,
    judge: SpellingJudge | None,
    accelerator: Accelerator,
    num_workers: int = 0,
    max_minutes: float | None = None,
) -> StepTrainer:
    """Train, or go on training, in `folder`. The nets of `start` are trained in place; the trainer has the averages."""
    stage = CropStage(start, run, judge)
    share = Share(accelerator.process_index, accelerator.num_processes)
    max_chars = start.config.char_encoder.max_chars
    trainer = StepTrainer(
        stage,
        run.steps,
        folder,
        accelerator=accelerator,
        config={**asdict(run), "model": asdict(start.config)},
        group_of=lambda name: "cross_attention" if ".attn2." in name else "rest",
    )

    def positions_to_batches(positions: range) -> Iterator[object]:
        yield from crop_batches(
            series,
            positions,
            batch_size=run.steps.batch_size,
            max_chars=max_chars,
            share=share,
            num_workers=num_workers,
        )

    def pictures() -> NDArray[np.uint8]:
        samples = [series[SHOWN_POSITION + k] for k in range(4)]
        return sample_sheet(start, samples)

    trainer.fit(positions_to_batches, pictures=pictures, max_minutes=max_minutes)
    return trainer
