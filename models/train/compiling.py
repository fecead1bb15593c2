"""`torch.compile` as training needs it: one graph a strip width, each with fixed sizes."""

from collections.abc import Callable
from typing import TypeVar

import torch
import torch._dynamo

_MAX_GRAPHS = 32  # a function: three widths, with and without gradients, before and after a resumed start

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """`function`, compiled anew for every input size: symbolic sizes fail in the compiler on diffusers' U-Net."""
    torch._dynamo.config.recompile_limit = _MAX_GRAPHS
    return torch.compile(function, dynamic=False)  # type: ignore[return-value]
