"""The mask at latent resolution."""

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
