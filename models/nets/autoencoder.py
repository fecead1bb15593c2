"""The f = 4 autoencoder: pictures (B, 3, H, W) in [-1, 1] ↔ latents (B, C, H/4, W/4) of about unit variance.

Residual nets without normalisation round a linear path that starts as a small JPEG: the lowest six DCT coefficients of
luma and the means of the two chromas of every 4×4 patch. So it reconstructs before its first step, latents stay local,
and training only has to find what eight numbers a patch can carry beyond that. Knows no sampling and no files.
"""

import math

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import LATENT_FACTOR, AutoencoderConfig

_PATCH_VALUES = 3 * LATENT_FACTOR * LATENT_FACTOR
_LUMA_FREQUENCIES = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1))  # (v, u), most useful first
_YCBCR = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(silu(x)))), the second convolution zero at the start."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        residual: Tensor = self.conv2(F.silu(self.conv1(F.silu(x))))
        return x + residual


class Autoencoder(nn.Module):
    """`encode` and `decode`; deterministic, its own codec of pictures."""

    latent_mean: Tensor
    latent_std: Tensor

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        basis = dct_patch_basis(config.latent_channels)  # (C, 48)
        wide, fine = config.channels, config.fine_channels
        self.encoder_skip = nn.Conv2d(_PATCH_VALUES, config.latent_channels, 1)
        self.encoder = nn.Sequential(
            nn.Conv2d(_PATCH_VALUES, wide, 3, padding=1),
            *(ResidualBlock(wide) for _ in range(config.num_blocks)),
            nn.SiLU(),
            nn.Conv2d(wide, config.latent_channels, 3, padding=1),
        )
        self.decoder_skip = nn.Conv2d(config.latent_channels, _PATCH_VALUES, 1)
        self.decoder = nn.Sequential(
            nn.Conv2d(config.latent_channels, wide, 3, padding=1),
            *(ResidualBlock(wide) for _ in range(config.num_blocks)),
            nn.SiLU(),
            nn.Conv2d(wide, 4 * fine, 3, padding=1),
            nn.PixelShuffle(2),
            *(ResidualBlock(fine) for _ in range(2)),
            nn.SiLU(),
            nn.Conv2d(fine, 12, 3, padding=1),
        )
        self.register_buffer("latent_mean", torch.zeros(1, config.latent_channels, 1, 1))
        self.register_buffer("latent_std", torch.ones(1, config.latent_channels, 1, 1))
        self._start_as_dct(basis)

    def encode(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] → normalised latents (B, C, H/4, W/4); H and W multiples of 4."""
        patches = F.pixel_unshuffle(images, LATENT_FACTOR)  # (B, 48, h, w)
        latents = self.encoder_skip(patches) + self.encoder(patches)
        normalised: Tensor = (latents - self.latent_mean) / self.latent_std
        return normalised

    def decode(self, latents: Tensor) -> Tensor:
        """Normalised latents (B, C, h, w) → (B, 3, 4h, 4w), near [-1, 1] (not clamped)."""
        latents = latents * self.latent_std + self.latent_mean
        linear = F.pixel_shuffle(self.decoder_skip(latents), LATENT_FACTOR)  # (B, 3, H, W)
        return linear + F.pixel_shuffle(self.decoder(latents), 2)

    @torch.no_grad()
    def normalise_latents(self, images: Tensor) -> None:
        """Set the latent statistics so that `images` (B, 3, H, W) encode to zero mean, unit variance a channel."""
        self.latent_mean.zero_()
        self.latent_std.fill_(1.0)
        latents = self.encode(images)
        self.latent_mean.copy_(latents.mean(dim=(0, 2, 3), keepdim=True))
        self.latent_std.copy_(latents.std(dim=(0, 2, 3), keepdim=True))

    def _start_as_dct(self, basis: Tensor) -> None:
        scale = 2.0  # brings typical coefficients near unit variance
        with torch.no_grad():
            self.encoder_skip.weight.copy_(rearrange(basis / scale, "c p -> c p 1 1"))
            self.decoder_skip.weight.copy_(rearrange(torch.linalg.pinv(basis) * scale, "p c -> p c 1 1"))
            silent = (self.encoder_skip.bias, self.decoder_skip.bias)
            for parameter in (*silent, *self.encoder[-1].parameters(), *self.decoder[-1].parameters()):
                assert parameter is not None
                parameter.zero_()


def dct_patch_basis(num_channels: int) -> Tensor:
    """(C, 48) analysis of an RGB 4×4 patch in `pixel_unshuffle`'s order: low luma frequencies, then mean chromas."""
    n = LATENT_FACTOR
    position = (torch.arange(n, dtype=torch.float64) + 0.5) * math.pi / n
    waves = [torch.cos(position * k) * math.sqrt((1 if k == 0 else 2) / n) for k in range(n)]
    planes = [torch.outer(waves[v], waves[u]).flatten() for v, u in _LUMA_FREQUENCIES[: num_channels - 2]]
    luma, blue, red = (torch.tensor(row, dtype=torch.float64) for row in _YCBCR)
    rows = [torch.outer(luma, plane).flatten() for plane in planes]  # (3·16,): channel-major like pixel_unshuffle
    flat = torch.full((n * n,), 1.0 / n, dtype=torch.float64)
    rows += [torch.outer(chroma * 2, flat).flatten() for chroma in (blue, red)]
    return torch.stack(rows).float()
