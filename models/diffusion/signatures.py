"""The three shapes of function that sampling is made of. Knows no network and no schedule."""

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor

Denoiser: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""`latents` (B, C, h, w), `sigma` (B,) → `denoised` (B, C, h, w), the estimate of the clean latents."""

AttendingDenoiser: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, list[Tensor]]]
"""As `Denoiser`, but returns `(denoised, maps)`: one cross-attention map a layer, each (B, L, h_l, w_l) float32,
probabilities over the L characters averaged over the heads."""

StepCallback: TypeAlias = Callable[[int, float, Tensor], Tensor]
"""`step`, `sigma`, `latents` → the latents to go on with. n steps make n + 1 calls: before each step i at its own
sigma, and once after the last step with step = n and sigma = 0."""
