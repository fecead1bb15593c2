"""ViTSTR base as UDiffText's character encoder was trained beside: pictures of words → 197 features. Knows no files."""

import torch
from torch import Tensor
from torch.nn import functional as F

from models.config import VITSTR_BASE, VisionTransformerConfig
from models.nets.vision_transformer import VisionTransformer

_LUMA = (0.2989, 0.587, 0.114)  # of R, G, B, as torchvision turns pictures gray


class Vitstr(VisionTransformer):
    """The transformer without its reading head. Frozen where it is used: a yardstick, not a part that learns."""

    def __init__(self, config: VisionTransformerConfig = VITSTR_BASE) -> None:
        super().__init__(config)


def prepare_gray(images: Tensor, image_hw: tuple[int, int] = VITSTR_BASE.image_hw) -> Tensor:
    """Crops (B, 3, H, W) RGB → gray (B, 1, h, w) in the same range, squashed, bicubic and antialiased.

    UDiffText trained on renderings in [0, 1]; DreamText passes crops in [-1, 1]. Differentiable.
    """
    luma = torch.tensor(_LUMA, dtype=images.dtype, device=images.device)[:, None, None]
    gray = (images * luma).sum(dim=1, keepdim=True)
    return F.interpolate(gray, size=image_hw, mode="bicubic", align_corners=False, antialias=True)
