"""Stage 1: the autoencoder. L1 and gradient loss on crops, and the recogniser's features, so that letters survive."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import AutoencoderConfig
from models.data.stream import CropStream, batches
from models.nets.autoencoder import Autoencoder
from models.nets.recogniser import Recogniser, prepare
from models.train.compiling import compiled
from models.train.loop import LoopConfig, Losses, Trainer

LR = 1.2e-3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AutoencoderLosses:
    """Weights of the terms; `latent_noise` is the noise (in latent standard deviations) that decoding must bear."""

    gradient: float = 0.5
    features: float = 0.1
    latent_size: float = 1e-3
    latent_noise: float = 0.05


class _RoundTrip(nn.Module):
    """Encode, disturb, decode: one graph to compile."""

    def __init__(self, autoencoder: Autoencoder) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        latents = self.autoencoder.encode(images)
        return self.autoencoder.decode(latents + noise), latents


def picture_gradients(images: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the right and below, (B, 3, H, W-1) and (B, 3, H-1, W)."""
    return images[..., :, 1:] - images[..., :, :-1], images[..., 1:, :] - images[..., :-1, :]


def reconstruction_losses(
    images: Tensor, decoded: Tensor, latents: Tensor, weights: AutoencoderLosses, reader: Recogniser | None
) -> Losses:
    """Every weighted term for one batch of crops (B, 3, 64, W) in [-1, 1]."""
    gradients = zip(picture_gradients(images), picture_gradients(decoded), strict=True)
    losses = {
        "l1": (images - decoded).abs().mean(),
        "gradient": weights.gradient * torch.stack([(a - b).abs().mean() for a, b in gradients]).sum(),
        "latent_size": weights.latent_size * latents.float().square().mean(),
    }
    if reader is not None and weights.features:
        with torch.no_grad():
            _, wanted = reader.forward_features(prepare(images))
        _, got = reader.forward_features(prepare(decoded))
        terms = [F.l1_loss(g.float(), w.float()) / w.float().abs().mean() for g, w in zip(got, wanted, strict=True)]
        losses["features"] = weights.features * torch.stack(terms).sum()
    return losses


def train_autoencoder(
    config: AutoencoderConfig,
    loop: LoopConfig,
    folder: Path,
    *,
    assets: Path,
    device: str,
    batch_size: int = 24,
    num_workers: int = 1,
    weights: AutoencoderLosses | None = None,
    compile_nets: bool = True,
) -> Autoencoder:
    """Train (or go on training) in `folder`; returns the EMA autoencoder with its latent statistics set."""
    weights = weights or AutoencoderLosses()
    torch.manual_seed(loop.seed)
    autoencoder = Autoencoder(config).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainer = Trainer(autoencoder, loop, folder)
    stream = CropStream(assets, "train", batch_size=batch_size, seed=loop.seed + trainer.step)
    reader = Recogniser.load().to(device) if weights.features else None
    round_trip = _RoundTrip(autoencoder)
    forward = compiled(round_trip) if compile_nets else round_trip
    generator = torch.Generator(device).manual_seed(loop.seed + trainer.step)

    def loss_fn(batch: object, step: int) -> Losses:
        del step
        assert isinstance(batch, Tensor)
        images = batch.to(device, memory_format=torch.channels_last)
        shape = (len(images), config.latent_channels, images.shape[2] // 4, images.shape[3] // 4)
        noise = torch.randn(shape, generator=generator, device=device) * weights.latent_noise
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            decoded, latents = forward(images, noise)
            return reconstruction_losses(images, decoded.float(), latents, weights, reader)

    loader = batches(stream, num_workers=num_workers)
    trainer.fit(loader, loss_fn)
    autoencoder.load_state_dict(trainer.ema)
    crops = [batch for batch, _ in zip(loader, range(10), strict=False) if isinstance(batch, Tensor)]
    images = torch.cat(crops).to(device)
    assert isinstance(autoencoder, Autoencoder)
    autoencoder.normalise_latents(images)
    return autoencoder
