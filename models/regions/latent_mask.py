"""The mask at latent resolution."""

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from models.config import LATENT_FACTOR


def latent_mask(mask: Tensor) -> Tensor:
    """`mask` (B, 1, H, W), 1 = repaint → (B, 1, H/4, W/4) float32: a cell is 1 if any of its pixels is.

    Raises ValueError if a side is no multiple of 4.
    """
    if mask.ndim != 4 or mask.shape[1] != 1 or mask.shape[2] % LATENT_FACTOR or mask.shape[3] % LATENT_FACTOR:
        raise ValueError(f"a mask is (B, 1, H, W) with sides in multiples of {LATENT_FACTOR}, got {tuple(mask.shape)}")
    return F.max_pool2d(mask.float(), LATENT_FACTOR)


def resized_latent_mask(mask: Tensor, latent_factor: int, mode: Literal["nearest", "bilinear"]) -> Tensor:
    """`mask` (B, 1, H, W) in [0, 1] → (B, 1, H/f, W/f) float32, as Stable Diffusion's family makes it: without
    anti-aliasing, by nearest neighbour or bilinearly, whichever the network was trained with.
    """
    size = mask.shape[-2] // latent_factor, mask.shape[-1] // latent_factor
    return F.interpolate(mask.float(), size=size, mode=mode)
