"""Keeps the latents outside the mask on the source's own path at every step (Avrahami et al. 2023).

The blend comes *before* the step, both sides at the sample's noise level; the published pixel code noises the
background one level too much and leaves noise in it at the end. Knows nothing of pixels: the pixel-exact restore is
another's job.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Blend:
    """A step callback: outside `mask` (B, 1, h, w), 1 = repaint, the latents become `source_latents + sigma * noise`.

    `source_latents` and `noise` (B, C, h, w): one fixed unit noise for all steps, best the one the sample started
    from, so both sides of the rim share it. At sigma 0 the background is the clean source, bit for bit.
    Raises ValueError when the shapes don't fit.
    """

    source_latents: Tensor
    mask: Tensor
    noise: Tensor

    def __post_init__(self) -> None:
        batch, _, height, width = self.source_latents.shape
        if self.noise.shape != self.source_latents.shape:
            raise ValueError(f"noise is {tuple(self.noise.shape)}, source_latents {tuple(self.source_latents.shape)}")
        if self.mask.shape != (batch, 1, height, width):
            raise ValueError(f"mask is {tuple(self.mask.shape)}, needed is {(batch, 1, height, width)}")

    def __call__(self, _step: int, sigma: float, latents: Tensor) -> Tensor:
        background = self.source_latents + sigma * self.noise
        mask = self.mask.to(latents.dtype)
        return mask * latents + (1 - mask) * background
