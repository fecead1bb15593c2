"""Stage 3: the U-Net and its character encoder learn to draw the new word, on fresh pairs, in the frozen latents.

Objectives: region-weighted denoising; local attention against the exact character masks at first, then against the
network's own; from early on, what the decoded strips look like, to the eye and to the recogniser. Each term is logged.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from models.charset import CHARSET
from models.config import LATENT_FACTOR, ModelConfig
from models.data.stream import PairStream, StripBatch, batches
from models.diffusion.scalings import EdmScalings
from models.nets.attention import AttentionRecorder
from models.nets.autoencoder import Autoencoder
from models.nets.recogniser import HEIGHT_PX, Recogniser
from models.nets.strip_net import Condition, StripNet
from models.objectives.denoising import denoising_loss, region_weights
from models.objectives.local_attention import local_attention_loss
from models.objectives.recognition import feature_loss, recognition_loss
from models.objectives.self_masks import estimate_char_masks, sharpening_loss
from models.regions.latent_mask import latent_mask
from models.train.autoencoder import picture_gradients
from models.train.compiling import compiled
from models.train.loop import LoopConfig, Losses, Trainer

LR = 8e-4

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InpaintingLosses:
    """Weights and phases. The phases follow the trained minutes' share of the schedule."""

    denoising: float = 0.5
    stroke_gamma: float = 2.0
    box_weight: float = 4.0
    attention: float = 0.02
    attention_until: float = 0.35  # exact masks up to here, the network's own masks after
    sharpening: float = 0.003
    decoded_from: float = 0.15  # decoded strips are judged from here on
    decoded_strips: int = 12  # of 256 px, a batch
    pixels: float = 4.0
    edges: float = 3.0
    features: float = 0.3
    recognition: float = 0.03
    source_dropout: float = 0.12
    high_noise_share: float = 0.75  # drawn near sigma_max, where few-step sampling lives
    log_sigma_mean: float = 0.2
    log_sigma_std: float = 1.0


def sample_sigmas(count: int, weights: InpaintingLosses, sigma_max: float, generator: torch.Generator) -> Tensor:
    """(B,) float32 on the CPU: log-normal, with a share between sigma_max / 2 and sigma_max."""
    normal = torch.randn(count, generator=generator) * weights.log_sigma_std + weights.log_sigma_mean
    high = sigma_max * (0.5 + 0.5 * torch.rand(count, generator=generator))
    choice = torch.rand(count, generator=generator) < weights.high_noise_share
    return torch.where(choice, high, normal.exp().clamp(0.02, sigma_max))


Encode = Callable[[Tensor], Tensor]


@torch.no_grad()
def encode_batch(encode: Encode, batch: StripBatch, *, keep_source: Tensor) -> tuple[Condition, Tensor]:
    """The condition of a batch (old word zeroed where `keep_source` (B,) is 0) and the target's latents; all pictures
    go through the encoder at once.
    """
    pictures = torch.cat([batch.source, batch.draft, batch.target])
    source_latents, draft_latents, latents = encode(pictures).float().chunk(3)
    condition = Condition(
        draft_latents=draft_latents,
        source_latents=source_latents * keep_source[:, None, None, None],
        glyph=batch.glyph,
        mask=latent_mask(batch.mask),
        char_ids=batch.char_ids,
        char_valid=batch.char_valid,
    )
    return condition, latents


def character_masks(labels: Tensor, num_chars: int) -> Tensor:
    """Labels (B, H, W) uint8 → masks (B, L, H/4, W/4) float32, the share of each cell a character owns."""
    indices = torch.arange(1, num_chars + 1, device=labels.device, dtype=labels.dtype)
    return F.avg_pool2d((labels[:, None] == indices[:, None, None]).float(), LATENT_FACTOR)


class InpaintingStage:
    """The loss of one batch; holds the frozen autoencoder and recogniser and the generator of noise."""

    def __init__(
        self,
        net: StripNet,
        autoencoder: Autoencoder,
        config: ModelConfig,
        weights: InpaintingLosses,
        *,
        sigma_max: float,
        seed: int,
        device: str,
        compile_nets: bool,
    ) -> None:
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.scalings = EdmScalings(config.sigma_data)
        self.weights, self.sigma_max, self.device = weights, sigma_max, device
        self.generator = torch.Generator("cpu").manual_seed(seed)
        self.forward: StripNet = compiled(net) if compile_nets else net
        self.encode: Encode = compiled(autoencoder.encode) if compile_nets else autoencoder.encode
        self.decode: Encode = compiled(autoencoder.decode) if compile_nets else autoencoder.decode
        self.reader: Recogniser | None = None

    def losses(self, batch: StripBatch, progress: float) -> Losses:
        """The weighted terms at `progress` in [0, 1] of the schedule."""
        batch = to_device(batch, self.device)
        keep = torch.rand(len(batch.texts), generator=self.generator) >= self.weights.source_dropout
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            condition, latents = encode_batch(self.encode, batch, keep_source=keep.float().to(self.device))
        sigma = sample_sigmas(len(latents), self.weights, self.sigma_max, self.generator).to(self.device)
        noise = torch.randn(latents.shape, generator=self.generator).to(self.device)
        recorder = AttentionRecorder()

        def network(scaled: Tensor, c_noise: Tensor) -> Tensor:
            with torch.autocast(torch.device(self.device).type, torch.bfloat16):
                return self.forward(scaled, c_noise, condition, recorder)  # type: ignore[no-any-return]

        denoised = self.scalings.precondition(network)(latents + sigma[:, None, None, None] * noise, sigma)
        strokes = (batch.labels > 0).float()[:, None]
        height, width = latents.shape[-2:]
        weights = region_weights(
            strokes,
            batch.mask,
            height=height,
            width=width,
            gamma=self.weights.stroke_gamma,
            box_weight=self.weights.box_weight,
        )
        sigma_weight = self.scalings.loss_weight(sigma)
        denoising = denoising_loss(denoised, latents, sigma_weight=sigma_weight, weights=weights).mean()
        losses = {"denoising": self.weights.denoising * denoising}
        losses |= self._attention_losses(recorder.maps((height, width)), batch, progress)
        if progress >= self.weights.decoded_from:
            losses |= self._decoded_losses(denoised, batch)
        return losses

    def _attention_losses(self, maps: list[Tensor], batch: StripBatch, progress: float) -> Losses:
        if progress < self.weights.attention_until:
            masks = character_masks(batch.labels, batch.char_ids.shape[1])
            loss = local_attention_loss(maps, masks, batch.char_valid).mean()
            return {"attention": self.weights.attention * loss}
        masks = estimate_char_masks(maps, batch.char_valid)
        return {"sharpening": self.weights.sharpening * sharpening_loss(maps, masks, batch.char_valid).mean()}

    def _decoded_losses(self, denoised: Tensor, batch: StripBatch) -> Losses:
        """What the recogniser reads and sees in the decoded strips, and plain pixels, for the first few strips."""
        self.reader = self.reader or Recogniser.load(alphabet=CHARSET).to(self.device)
        count = max(1, self.weights.decoded_strips * 64 // denoised.shape[-1])
        top = (batch.target.shape[-2] - HEIGHT_PX) // 2
        rows = slice(top, top + HEIGHT_PX)  # the recogniser's height, text in the middle
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            decoded = self.decode(denoised[:count]).float().clamp(-1.1, 1.1)
            target, mask = batch.target[:count], batch.mask[:count]
            # Outside the mask stands the photo. The reader sees gray: shown colours, it asks for coloured fringes.
            seen = to_gray(torch.where(mask > 0, decoded, target))
            logits, got = self.reader.forward_features(seen[..., rows, :])
            with torch.no_grad():
                _, wanted = self.reader.forward_features(to_gray(target)[..., rows, :])
        texts = [text.replace(" ", "") for text in batch.texts[:count]]  # the reader drops spaces
        ids, lengths = self.reader.targets(texts)
        spelling = recognition_loss(logits, ids.to(self.device), lengths.to(self.device), clamp=2.0)
        pixels = ((decoded - target).abs() * mask).sum() / (3 * mask.sum())
        edges = edge_loss(decoded, target, mask)
        alike = torch.stack([feature_loss(g, w).mean() for g, w in zip(got, wanted, strict=True)]).sum()
        return {
            "pixels": self.weights.pixels * pixels,
            "edges": self.weights.edges * edges,
            "features": self.weights.features * alike,
            "recognition": self.weights.recognition * spelling.mean(),
        }


def to_gray(pictures: Tensor) -> Tensor:
    """RGB (B, 3, H, W) → its luma (ITU-R BT.601) in all three channels."""
    luma = pictures.new_tensor([0.299, 0.587, 0.114])[:, None, None]
    return (pictures * luma).sum(dim=1, keepdim=True).expand_as(pictures)


def edge_loss(pictures: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """L1 between the differences of neighbouring pixels, both ways, where `mask` (B, 1, H, W) is 1 → scalar."""
    inside = (mask[..., 1:], mask[..., 1:, :])
    steps = zip(picture_gradients(pictures), picture_gradients(targets), inside, strict=True)
    return torch.stack([((a - b).abs() * m).sum() / (3 * m.sum()) for a, b, m in steps]).sum()


def to_device(batch: StripBatch, device: str) -> StripBatch:
    """The same batch on `device`."""
    return StripBatch(
        source=batch.source.to(device),
        target=batch.target.to(device),
        draft=batch.draft.to(device),
        mask=batch.mask.to(device),
        glyph=batch.glyph.to(device),
        labels=batch.labels.to(device),
        char_ids=batch.char_ids.to(device),
        char_valid=batch.char_valid.to(device),
        texts=batch.texts,
    )


def train_inpainting(
    config: ModelConfig,
    autoencoder: Autoencoder,
    loop: LoopConfig,
    folder: Path,
    *,
    assets: Path,
    device: str,
    sigma_max: float,
    strips_of_256: int = 24,
    num_workers: int = 1,
    weights: InpaintingLosses | None = None,
    char_encoder: dict[str, Tensor] | None = None,
    compile_nets: bool = True,
) -> StripNet:
    """Train (or go on training) in `folder`; returns the EMA network.

    A new run starts from `char_encoder`, the state of a finished second stage, if one is given.
    """
    torch.manual_seed(loop.seed)
    fresh = StripNet(config)
    if char_encoder is not None:
        fresh.char_encoder.load_state_dict(char_encoder)
    net = fresh.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainer = Trainer(net, loop, folder)
    seed = loop.seed + 1_000_003 * (trainer.step + 1)
    stage = InpaintingStage(
        net,
        autoencoder,
        config,
        weights or InpaintingLosses(),
        sigma_max=sigma_max,
        seed=seed,
        device=device,
        compile_nets=compile_nets,
    )

    def loss_fn(batch: object, step: int) -> Losses:
        del step
        assert isinstance(batch, StripBatch), type(batch)
        return stage.losses(batch, trainer.minutes / loop.schedule_minutes)

    stream = PairStream(assets, "train", strips_of_256=strips_of_256, seed=seed)
    trainer.fit(batches(stream, num_workers=num_workers), loss_fn)
    net.load_state_dict(trainer.ema)
    assert isinstance(net, StripNet)
    return net
