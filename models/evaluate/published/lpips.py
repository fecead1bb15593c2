"""LPIPS 0.1 with AlexNet: how different two pictures look (Zhang et al. 2018). Knows tensors; no files.

Modules have the names of torchvision's AlexNet and of the `lpips` package, so that both published files fit.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

_CHANNELS = (64, 192, 384, 256, 256)  # after each convolution and its ReLU, where pictures are compared
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_TINY = 1e-10


class Lpips(nn.Module):
    """Two pictures (B, 3, H, W) in [-1, 1] → (B,) distances."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        first, *others = _CHANNELS
        layers: list[nn.Module] = [nn.Conv2d(3, first, 11, stride=4, padding=2), nn.ReLU()]
        for index, (inward, outward) in enumerate(pairwise([first, *others])):
            kernel = 5 if index == 0 else 3
            pool = [nn.MaxPool2d(3, stride=2)] if index < 2 else []
            layers += [*pool, nn.Conv2d(inward, outward, kernel, padding=kernel // 2), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.heads = nn.ModuleList(nn.Conv2d(channels, 1, 1, bias=False) for channels in _CHANNELS)
        self.register_buffer("shift", torch.tensor(_SHIFT)[:, None, None], persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE)[:, None, None], persistent=False)

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        x, y = ((pictures - self.shift) / self.scale for pictures in (one, other))
        distances = []
        heads = iter(self.heads)
        for layer in self.features:
            x, y = layer(x), layer(y)
            if isinstance(layer, nn.ReLU):
                distances.append(next(heads)((_unit(x) - _unit(y)) ** 2).mean(dim=(1, 2, 3)))
        return torch.stack(distances).sum(dim=0)


def _unit(features: Tensor) -> Tensor:
    """Each position's features at length 1."""
    return features / ((features**2).sum(dim=1, keepdim=True).sqrt() + _TINY)
