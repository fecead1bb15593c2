"""One candidate: noise search → denoising with refinement and blending → a strip. Knows latents, not photos.

Candidates are drawn one after the other: a candidate then has the same bytes whether one or four are asked for, which
batched convolutions don't promise; on a CPU a batch would gain little.
"""

import time
from collections.abc import Callable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.charset import CHARSET
from models.config import SamplerConfig
from models.data.faces import Coverage
from models.diffusion.blending import Blend
from models.diffusion.callbacks import compose
from models.diffusion.guidance import guided
from models.diffusion.noise import draw_noise
from models.diffusion.noise_search import search_noise
from models.diffusion.refinement import RefinementConfig, Refiner
from models.diffusion.sampling import sample_euler
from models.diffusion.scalings import EdmScalings, karras_sigmas
from models.diffusion.signatures import AttendingDenoiser, Denoiser, StepCallback
from models.nets.attention import AttentionRecorder
from models.nets.strip_net import Condition, StripNet
from models.objectives.attend_excite import attend_and_excite_loss
from models.objectives.grids import mean_map, resize_by_area
from models.pipeline.families import Drawing, StepHook
from models.pipeline.request import CharacterMaps, Image
from models.pipeline.scene import Scene

_BEYOND_EDGE_PX, _WITHIN_EDGE_PX = 2, 1
_FLAT_LEVEL = 0.05  # of coverage
_SPACE_ID = CHARSET.index(" ") + 1
_SEARCH_SEED_STRIDE = 1_000_003  # noises of a search come from seed + k · stride; k = 0 is the seed's own


class Sampler:
    """Draws candidates for one scene."""

    def __init__(self, net: StripNet, scalings: EdmScalings, config: SamplerConfig, condition: Condition) -> None:
        self.net, self.scalings, self.config, self.condition = net, scalings, config, condition

    def draw(
        self,
        scene: Scene,
        scene_latents: Tensor,
        *,
        seed: int,
        on_step: StepHook,
        on_denoised: Callable[[Tensor], None],
    ) -> Drawing:
        """One candidate. `scene_latents` (1, C, h, w): the untouched strip, kept outside the mask."""
        started = time.perf_counter()
        shape = (scene_latents.shape[1], scene_latents.shape[2], scene_latents.shape[3])
        device = scene_latents.device
        noise = self._search(shape, seed, device) if scene.text else draw_noise(shape, seeds=[seed]).to(device)
        searched = time.perf_counter()
        sigmas = self._sigmas()
        callback = self._callback(scene, scene_latents, noise, on_step)
        layers: list[Tensor] = []
        denoiser = watched(self._guided(layers), on_denoised)
        latents = sample_euler(denoiser, noise * sigmas[0], sigmas, callback=callback)
        maps = character_maps(layers, scene) if scene.text else None
        drawn = time.perf_counter()
        return Drawing(latents, maps, {"searching_noise": searched - started, "drawing": drawn - searched})

    def _search(self, shape: tuple[int, int, int], seed: int, device: torch.device) -> Tensor:
        count = self.config.search_candidates
        noises = draw_noise(shape, seeds=[seed + k * _SEARCH_SEED_STRIDE for k in range(count)]).to(device)
        if count == 1:
            return noises
        condition = self.condition.repeat(count)
        steps = self.config.search_steps
        sigmas = karras_sigmas(
            steps, sigma_min=self.config.sigma_max / 10, sigma_max=self.config.sigma_max, rho=self.config.rho
        )[:steps]
        found = search_noise(
            self._attending(condition), noises, sigmas=sigmas, score=lambda maps: self._neglect(maps, condition)
        )
        return noises[found.index : found.index + 1]

    def _callback(self, scene: Scene, scene_latents: Tensor, noise: Tensor, on_step: StepHook) -> StepCallback:
        def report(step: int, sigma: float, latents: Tensor) -> Tensor:
            del sigma
            on_step(step, self.config.num_inference_steps)
            return latents

        callbacks: list[StepCallback] = [report]
        if self.config.blend:
            callbacks.append(Blend(scene_latents, self.condition.mask, noise))
        if self.config.refine and scene.text:
            refinement = RefinementConfig(
                num_inference_steps=self.config.num_inference_steps, step_size=self.config.refine_step_size
            )
            attending = self._attending(self.condition)
            callbacks.append(Refiner(attending, lambda maps: self._neglect(maps, self.condition), refinement))
        return compose(*callbacks)

    def _sigmas(self) -> Tensor:
        config = self.config
        return karras_sigmas(
            config.num_inference_steps, sigma_min=config.sigma_min, sigma_max=config.sigma_max, rho=config.rho
        )

    def _guided(self, layers: list[Tensor]) -> Denoiser:
        """`layers` hold the attention maps of the latest evaluation: watching costs next to nothing."""
        attending = self._attending(self.condition)

        def own(latents: Tensor, sigma: Tensor) -> Tensor:
            denoised, layers[:] = attending(latents, sigma)
            return denoised

        return guided(own, self._denoiser(self.condition.without_text()), self.config.guidance_scale)

    def _denoiser(self, condition: Condition) -> Denoiser:
        return self.scalings.precondition(lambda latents, c_noise: self.net(latents, c_noise, condition))

    def _attending(self, condition: Condition) -> AttendingDenoiser:
        def network(latents: Tensor, c_noise: Tensor) -> tuple[Tensor, list[Tensor]]:
            recorder = AttentionRecorder()
            output = self.net(latents, c_noise, condition, recorder)
            return output, recorder.maps((latents.shape[2], latents.shape[3]))

        return self.scalings.precondition_attending(network)

    def _neglect(self, maps: list[Tensor], condition: Condition) -> Tensor:
        inked = condition.char_valid & (condition.char_ids != _SPACE_ID)  # a space has no strokes to attend to
        return attend_and_excite_loss(maps, inked, condition.mask)


def watched(denoiser: Denoiser, see: Callable[[Tensor], None]) -> Denoiser:
    """The same, and each of its answers is shown to `see`."""

    def seen(latents: Tensor, sigma: Tensor) -> Tensor:
        denoised = denoiser(latents, sigma)
        see(denoised)
        return denoised

    return seen


def character_maps(layers: list[Tensor], scene: Scene) -> CharacterMaps:
    """`layers`, each (1, L, h_l, w_l): their mean, for the characters of the text, where letters go or come."""
    shares = mean_map(layers)[0, : len(scene.text)].cpu()  # (L, h, w)
    touched = torch.from_numpy(scene.touched)[None, None]  # (1, 1, 64, W)
    shares = shares * resize_by_area(touched, shares.shape[1], shares.shape[2])[0]
    peaks = shares.amax(dim=(1, 2))  # (L,)
    heat = (shares / peaks.clamp_min(1e-6)[:, None, None] * 255).round().to(torch.uint8)
    return CharacterMaps(scene.text, heat.numpy(), tuple(peaks.tolist()), scene.frame.outline)


def nearer_to_draft(drawn: Image, draft: Image, coverage: Coverage, residual_scale: float) -> Image:
    """draft + residual_scale · (drawn − draft), strips uint8 (64, W, 3), along the edges of the draft's letters, whose
    `coverage` is (64, W); elsewhere the draft. 1 leaves the drawing as it is.
    """
    if residual_scale == 1:
        return drawn
    share = residual_scale * _along_edges(coverage)[..., None]
    mixed = draft + share * (drawn.astype(np.float32) - draft)
    return np.asarray(mixed.round().clip(0, 255), np.uint8)


def _along_edges(coverage: Coverage) -> Coverage:
    """(64, W): 1 at the edges of letters, 0 on the ground and inside strokes, where the network only adds relief."""
    outside = cv2.dilate(coverage, _disc(_BEYOND_EDGE_PX)) < _FLAT_LEVEL
    inside = cv2.erode(coverage, _disc(_WITHIN_EDGE_PX)) > 1 - _FLAT_LEVEL
    flat = cv2.GaussianBlur((outside | inside).astype(np.float32), (0, 0), 1.0)
    return np.asarray(1 - flat, np.float32)


def _disc(radius_px: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1)), np.uint8)


def to_picture(images: Tensor) -> Image:
    """(1, 3, H, W) in [-1, 1] on any device → uint8 (H, W, 3), rounded."""
    pixels = ((images[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(pixels.permute(1, 2, 0).cpu().numpy())
