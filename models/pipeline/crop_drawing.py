"""Candidates on a square crop: noise search → denoising with guidance and refinement. Knows latents, not photos.

As UDiffText samples; where its code has quirks they are switches of the sampler, off by default (decisions 021, 022).
"""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from models.config import CropSamplerConfig
from models.diffusion.callbacks import compose
from models.diffusion.ddpm import DdpmScalings, trailing_sigmas
from models.diffusion.guidance import guided_together
from models.diffusion.noise import draw_noise
from models.diffusion.noise_search import search_noise
from models.diffusion.published_refinement import PublishedRefiner, thresholds_for
from models.diffusion.refinement import RefinementConfig, Refiner
from models.diffusion.sampling import sample_euler
from models.diffusion.signatures import AttendingDenoiser, Denoiser, StepCallback
from models.nets.attention import AttentionRecorder
from models.nets.crop_net import CropCondition, CropNet
from models.objectives.attend_excite import attend_and_excite_loss, published_attend_and_excite_loss
from models.objectives.grids import mean_map
from models.pipeline.drawing import watched
from models.pipeline.families import StepHook

SEED_STRIDE = 1_000_003  # noises of a search come from seed + k · stride; k = 0 is the seed's own
_FINEST_SCORED = 4  # maps of a grid coarser than a quarter of the latents' say nothing of single letters


class CropSampler:
    """Draws B candidates at once, each under its own condition and, for guidance, without it.

    They share `crop_mask` (1, 1, H, W), 1 = repaint, and `inked` (1, L): the characters that have strokes to attend to;
    none: no text. `condition` and `unconditional` are of B crops.
    """

    def __init__(
        self,
        net: CropNet,
        scalings: DdpmScalings,
        config: CropSamplerConfig,
        *,
        condition: CropCondition,
        unconditional: CropCondition,
        crop_mask: Tensor,
        inked: Tensor,
    ) -> None:
        self.net, self.scalings, self.config = net, scalings, config
        self.condition, self.unconditional = condition, unconditional
        self.crop_mask, self.inked = crop_mask, inked
        self.writes = bool(inked.any())

    def draw(
        self, seeds: Sequence[int], *, on_step: StepHook, on_denoised: Callable[[Tensor], None]
    ) -> tuple[Tensor, Tensor, dict[str, float]]:
        """One candidate for each of B seeds. Clean latents (B, C, h, w); (B, L, h, w) what each character attended to
        in the last step, on the CPU; seconds by stage.
        """
        started = time.perf_counter()
        noise = torch.cat([self._first_noise(seed, index) for index, seed in enumerate(seeds)])
        searched = time.perf_counter()
        sigmas = trailing_sigmas(self.scalings.levels, self.config.num_inference_steps)
        layers: list[Tensor] = []
        denoiser = watched(self._guided(layers), on_denoised)
        latents = sample_euler(denoiser, noise * sigmas[0], sigmas, callback=self._callback(on_step))
        drawn = time.perf_counter()
        return latents, mean_map(layers).cpu(), {"searching_noise": searched - started, "drawing": drawn - searched}

    def _noises(self, seed: int, count: int) -> Tensor:
        """(N, C, h, w) of the variance that, times the first level, is the published start: sigma² + 1."""
        device = self.condition.mask.device
        shape = self.condition.masked_latents.shape
        noises = draw_noise((shape[1], shape[2], shape[3]), seeds=[seed + k * SEED_STRIDE for k in range(count)])
        return noises.to(device) * float((1 + self.scalings.levels[-1] ** -2).sqrt())

    def _first_noise(self, seed: int, index: int) -> Tensor:
        """Of the candidate at `index`: the best of those searched (1, C, h, w), a batch of them at a time."""
        noises = self._noises(seed, self.config.search_candidates if self.writes else 1)
        if len(noises) == 1:
            return noises
        seen, unseen = self.condition.one(index), self.unconditional.one(index)
        steps = self.config.search_steps
        sigmas = trailing_sigmas(self.scalings.levels, steps)[:steps]
        scores = []
        for some in torch.split(noises, self.config.batch_size):
            condition, unconditional = seen.repeat(len(some)), unseen.repeat(len(some))
            attending = self._guided_attending(condition, unconditional, self.config.guidance_scale)
            scores.append(search_noise(attending, some, sigmas=sigmas, score=self._neglect).scores)
        best = int(torch.cat(scores).argmin())
        return noises[best : best + 1]

    def _callback(self, on_step: StepHook) -> StepCallback:
        steps = self.config.num_inference_steps

        def report(step: int, sigma: float, latents: Tensor) -> Tensor:
            del sigma
            on_step(step, steps)
            return latents

        if not self.config.refine or not self.writes:
            return report
        if self.config.published_refinement:
            return compose(report, PublishedRefiner(self._unscaled, self._neglect, steps))
        step_size, thresholds = self.config.refine_step_size, thresholds_for(steps)
        refinement = RefinementConfig(steps, step_size=step_size, thresholds=thresholds)
        return compose(report, Refiner(self._attending(self.condition), self._neglect, refinement))

    def _guided(self, layers: list[Tensor]) -> Denoiser:
        """`layers` hold the attention maps of the latest evaluation."""
        scale = self.config.guidance_scale if self.writes else 1.0  # without text both are the same
        attending = self._guided_attending(self.condition, self.unconditional, scale)

        def denoiser(latents: Tensor, sigma: Tensor) -> Tensor:
            denoised, layers[:] = attending(latents, sigma)
            return denoised

        return denoiser

    def _guided_attending(
        self, condition: CropCondition, unconditional: CropCondition, scale: float
    ) -> AttendingDenoiser:
        if scale == 1:
            return self._attending(condition)
        return guided_together(self._attending(condition.beside(unconditional)), scale)

    def _attending(self, condition: CropCondition) -> AttendingDenoiser:
        def network(latents: Tensor, timesteps: Tensor) -> tuple[Tensor, list[Tensor]]:
            recorder = AttentionRecorder()
            output = self.net(latents, timesteps, condition, recorder)
            return output, scored_maps(recorder, latents)

        return self.scalings.precondition_attending(network)

    def _unscaled(self, latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        recorder = AttentionRecorder()
        output = self.net(latents, self.scalings.c_noise(sigma), self.condition, recorder)
        return output, scored_maps(recorder, latents)

    def _neglect(self, maps: list[Tensor]) -> Tensor:
        loss = published_attend_and_excite_loss if self.config.published_scores else attend_and_excite_loss
        return loss(maps, self.inked, self.crop_mask)


def scored_maps(recorder: AttentionRecorder, latents: Tensor) -> list[Tensor]:
    """The maps whose grid is at least a quarter of the latents': 15 of the 16 at full size."""
    height, width = latents.shape[2:]
    return [layer for layer in recorder.maps((height, width)) if layer.shape[2] * _FINEST_SCORED >= height]
