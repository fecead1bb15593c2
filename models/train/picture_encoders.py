"""Frozen networks that see pictures of words as tokens: what the character encoder is pulled towards."""

from typing import Protocol

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.recogniser import HEIGHT_PX, Recogniser
from models.nets.vitstr import Vitstr

_WIDTH_PX = 192


class PictureEncoder(Protocol):
    """White on black (B, 1, h, w) in [0, 1] of the size `image_hw` → (B, `num_tokens`, `dim`)."""

    image_hw: tuple[int, int]
    num_tokens: int
    dim: int

    def __call__(self, pictures: Tensor) -> Tensor: ...


class RecogniserTokens(nn.Module):
    """The last feature map of the recogniser that ships with the OCR package, a token each cell."""

    image_hw = (HEIGHT_PX, _WIDTH_PX)

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        self.recogniser = recogniser
        tokens = self(torch.zeros(1, 1, *self.image_hw))
        self.num_tokens, self.dim = tokens.shape[1], tokens.shape[2]

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        _, features = self.recogniser.forward_features((2 * pictures - 1).expand(-1, 3, -1, -1))
        rows = F.adaptive_avg_pool2d(features[-1].float(), (2, features[-1].shape[-1]))  # upper and lower half
        return rearrange(rows, "b c h w -> b (h w) c")


class VitstrTokens(nn.Module):
    """ViTSTR's, all of them, as published."""

    def __init__(self, vitstr: Vitstr) -> None:
        super().__init__()
        self.vitstr = vitstr
        self.image_hw = vitstr.config.image_hw
        self.num_tokens, self.dim = vitstr.config.num_tokens, vitstr.config.dim

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        tokens: Tensor = self.vitstr(pictures)
        return tokens
