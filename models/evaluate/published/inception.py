"""The Inception v3 whose features FID compares, as TensorFlow trained it in 2015 and `pytorch-fid` published it.

Modules have torchvision's names, so that the published file fits. Torchvision itself isn't needed: its wheels fit but
one build of torch.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

NUM_FEATURES = 2048

_SIDE_PX = 299

Kernel = int | tuple[int, int]
Path = list[tuple[str, int, Kernel]]  # name, channels, kernel of each convolution


class _Conv(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inward: int, outward: int, kernel: Kernel, *, stride: int = 1, padded: bool = True) -> None:
        super().__init__()
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (height // 2, width // 2) if padded else (0, 0)
        self.conv = nn.Conv2d(inward, outward, (height, width), stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outward, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)))


class _Block(nn.Module):
    """Paths side by side, which may begin with the same convolutions, and a pooled one of `pool` channels."""

    def __init__(self, inward: int, paths: list[Path], *, pool: int, kind: Literal["mean", "max"] = "mean") -> None:
        super().__init__()
        self.names = [[name for name, _, _ in path] for path in paths]
        self.kind = kind
        for path in paths:
            channels = inward
            for name, outward, kernel in path:
                if not hasattr(self, name):
                    self.add_module(name, _Conv(channels, outward, kernel))
                channels = outward
        self.branch_pool = _Conv(inward, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [_along(self, names, x) for names in self.names]
        if self.kind == "max":
            pooled = functional.max_pool2d(x, 3, 1, padding=1)
        else:
            pooled = functional.avg_pool2d(x, 3, 1, padding=1, count_include_pad=False)
        return torch.cat([*outputs, self.branch_pool(pooled)], dim=1)


class _Halving(nn.Module):
    """Paths whose last convolution halves the size, and the maximum of the input."""

    def __init__(self, inward: int, paths: list[Path]) -> None:
        super().__init__()
        self.names = [[name for name, _, _ in path] for path in paths]
        for path in paths:
            channels = inward
            for name, outward, kernel in path:
                last = name == path[-1][0]
                self.add_module(name, _Conv(channels, outward, kernel, stride=1 + last, padded=not last))
                channels = outward

    def forward(self, x: Tensor) -> Tensor:
        outputs = [_along(self, names, x) for names in self.names]
        return torch.cat([*outputs, functional.max_pool2d(x, 3, 2)], dim=1)


class InceptionFeatures(nn.Module):
    """Pictures (B, 3, H, W) in [0, 1] → (B, 2048)."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Conv(3, 32, 3, stride=2, padded=False)
        self.Conv2d_2a_3x3 = _Conv(32, 32, 3, padded=False)
        self.Conv2d_2b_3x3 = _Conv(32, 64, 3)
        self.Conv2d_3b_1x1 = _Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = _Conv(80, 192, 3, padded=False)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = _fives(192, 32), _fives(256, 64), _fives(288, 64)
        self.Mixed_6a = _Halving(288, [[("branch3x3", 384, 3)], _double(64, 96)])
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = (_sevens(width) for width in (128, 160, 160, 192))
        self.Mixed_7a = _Halving(768, [_numbered("branch3x3", (192, 1), (320, 3)), _SEVEN_THREE])
        self.Mixed_7b, self.Mixed_7c = _forked(1280, "mean"), _forked(NUM_FEATURES, "max")

    def forward(self, images: Tensor) -> Tensor:
        x = functional.interpolate(images, size=(_SIDE_PX, _SIDE_PX), mode="bilinear", align_corners=False)
        x = _along(self, ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"], 2 * x - 1)
        x = _along(self, ["Conv2d_3b_1x1", "Conv2d_4a_3x3"], functional.max_pool2d(x, 3, 2))
        x = _along(self, [f"Mixed_{name}" for name in _BLOCKS], functional.max_pool2d(x, 3, 2))
        return x.mean(dim=(2, 3))


_BLOCKS = ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c")


def _along(module: nn.Module, names: list[str], x: Tensor) -> Tensor:
    for name in names:
        x = module.get_submodule(name)(x)
    return x


def _numbered(name: str, *steps: tuple[int, Kernel]) -> Path:
    return [(f"{name}_{number}", outward, kernel) for number, (outward, kernel) in enumerate(steps, start=1)]


def _double(first: int, outward: int) -> Path:
    return _numbered("branch3x3dbl", (first, 1), (outward, 3), (outward, 3))


_SEVEN_THREE = _numbered("branch7x7x3", (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3))


def _fives(inward: int, pool: int) -> _Block:
    return _Block(
        inward, [[("branch1x1", 64, 1)], _numbered("branch5x5", (48, 1), (64, 5)), _double(64, 96)], pool=pool
    )


def _sevens(width: int) -> _Block:
    wide, tall = (1, 7), (7, 1)
    single = _numbered("branch7x7", (width, 1), (width, wide), (192, tall))
    double = _numbered("branch7x7dbl", (width, 1), (width, tall), (width, wide), (width, tall), (192, wide))
    return _Block(768, [[("branch1x1", 192, 1)], single, double], pool=192)


def _forked(inward: int, kind: Literal["mean", "max"]) -> _Block:
    paths: list[Path] = [[("branch1x1", 320, 1)]]
    for end, kernel in (("a", (1, 3)), ("b", (3, 1))):
        paths.append([("branch3x3_1", 384, 1), (f"branch3x3_2{end}", 384, kernel)])
    for end, kernel in (("a", (1, 3)), ("b", (3, 1))):
        paths.append([*_numbered("branch3x3dbl", (448, 1), (384, 3)), (f"branch3x3dbl_3{end}", 384, kernel)])
    return _Block(inward, paths, pool=192, kind=kind)
