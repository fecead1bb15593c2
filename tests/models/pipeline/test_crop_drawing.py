"""Sampling on crops equals the published one, written down once more on the published networks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from models.checkpoints.crop_store import load_crop_model
from models.checkpoints.udifftext import convert_udifftext
from models.config import CropSamplerConfig
from models.diffusion.ddpm import DdpmScalings, ddpm_levels
from models.diffusion.noise import draw_noise
from models.nets.crop_net import CropCondition
from models.nets.label_encoder import encode_labels
from models.pipeline.crop_drawing import SEED_STRIDE, CropSampler
from tests.models.checkpoints.published_files import PublishedNets, save_lightning
from tests.models.crop_models import TINY_CROP

PUBLISHED = CropSamplerConfig(num_inference_steps=6, search_candidates=1, published_scores=True)
LEVELS = ddpm_levels(TINY_CROP.noise)


@pytest.fixture(scope="module")
def nets() -> PublishedNets:
    nets = PublishedNets(TINY_CROP, "v2")
    for name, parameter in nets.unet.named_parameters():
        if "t_attn.to_q" in name or "t_attn.to_k" in name:
            parameter.mul_(6)  # so that an untrained attention prefers some characters
    return nets


@pytest.fixture(scope="module")
def sampler(nets: PublishedNets, tmp_path_factory: pytest.TempPathFactory) -> CropSampler:
    folder = tmp_path_factory.mktemp("crop")
    big = save_lightning(nets.big(whole=True), folder / "big.ckpt")
    convert_udifftext(big, folder / "model", config=TINY_CROP)
    return made_sampler(folder / "model")


def made_sampler(folder: Path) -> CropSampler:
    model = load_crop_model(folder)
    ids, valid = encode_labels(["TAX"], max_chars=12)
    crop_mask = torch.zeros(1, 1, 64, 64)
    crop_mask[..., 16:48, 8:56] = 1
    masked = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        condition = CropCondition(masked, crop_mask[..., ::8, ::8], model.net.char_encoder(ids), valid)
    return CropSampler(
        model.net,
        DdpmScalings(LEVELS),
        PUBLISHED,
        condition=condition,
        unconditional=condition.without_text(),
        crop_mask=crop_mask,
        inked=valid,
    )


def drawn(sampler: CropSampler, config: CropSamplerConfig, seeds: Sequence[int] = (5,)) -> Tensor:
    made = CropSampler(
        sampler.net,
        sampler.scalings,
        config,
        condition=sampler.condition.repeat(len(seeds)),
        unconditional=sampler.unconditional.repeat(len(seeds)),
        crop_mask=sampler.crop_mask,
        inked=sampler.inked,
    )
    with torch.no_grad():
        return made.draw(seeds, on_step=lambda *_: None, on_denoised=lambda _: None)[0]


class Published:
    """The published sampler on the published U-Net: one candidate at a time, both branches in one batch."""

    def __init__(self, nets: PublishedNets, sampler: CropSampler) -> None:
        self.unet, self.seen = nets.unet, sampler.condition
        self.mask = sampler.crop_mask
        self.maps: list[Tensor] = []
        for name, module in self.unet.named_modules():
            if name.endswith("t_attn"):
                module.register_forward_hook(self._record)

    def _record(self, attention: torch.nn.Module, inputs: tuple[Tensor, Tensor], _output: Tensor) -> None:
        x, context = inputs
        size = x.shape[-1] // attention.heads
        q, k = (t.unflatten(-1, (attention.heads, size)) for t in (attention.to_q(x), attention.to_k(context)))
        weights = torch.einsum("bpad,blad->bapl", q, k).div(size**0.5).softmax(dim=-1).mean(dim=1)  # (B, P, L)
        side = round(weights.shape[1] ** 0.5)
        self.maps.append(weights.mT.reshape(len(weights), -1, side, side))

    def predict(self, x: Tensor, t: int, context: Tensor) -> Tensor:
        self.maps.clear()
        seen = [self.seen.mask.expand(len(x), -1, -1, -1), self.seen.masked_latents.expand(len(x), -1, -1, -1)]
        return self.unet(torch.cat([x, *seen], dim=1), torch.full((len(x),), float(t)), context)

    def denoise(self, x: Tensor, t: int) -> Tensor:
        sigma = LEVELS[t]
        context = torch.cat([torch.zeros_like(self.seen.characters), self.seen.characters])
        uncond, cond = self.predict(torch.cat([x, x]) / (sigma**2 + 1).sqrt(), t, context)
        return x - sigma * (uncond + 5.0 * (cond - uncond))

    def loss(self, batch_item: int) -> Tensor:
        """L_aae of the last evaluation; at 64 px a quarter of the latents' side is 2."""
        scores, kernel = [], torch.exp(-torch.tensor([1.0, 0.0, 1.0]) / 2)
        kernel = torch.outer(kernel, kernel) / kernel.sum() ** 2
        for layer in self.maps:
            if layer.shape[2] < 2:
                continue
            blurred = F.conv2d(layer[batch_item][:, None], kernel[None, None], padding=1)[:, 0]  # (L, s, s)
            inside = blurred * F.interpolate(self.mask, size=layer.shape[2:])[0]
            scores.append(-inside[:3].amax(dim=(1, 2)).min())  # three real characters
        return torch.stack(scores).mean()

    def steps(self, x: Tensor, timesteps: list[int]) -> Tensor:
        sigmas = [*LEVELS[timesteps].tolist(), 0.0]
        for i, t in enumerate(timesteps):
            x = x + (sigmas[i + 1] - sigmas[i]) * (x - self.denoise(x, t)) / sigmas[i]
        return x


def start(noise: Tensor) -> Tensor:
    return noise * (1 + LEVELS[999] ** 2).sqrt()


@pytest.fixture(scope="module")
def published(nets: PublishedNets, sampler: CropSampler) -> Published:
    return Published(nets, sampler)


@torch.no_grad()
def test_plain_sampling_equals_the_published(sampler: CropSampler, published: Published) -> None:
    noise = draw_noise((4, 8, 8), seeds=[5])
    expected = published.steps(start(noise), [999, 832, 666, 499, 333, 166])
    torch.testing.assert_close(drawn(sampler, PUBLISHED), expected, rtol=1e-3, atol=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("batch", [1, 4, 10])
def test_batched_search_finds_what_the_published_finds_one_by_one(
    sampler: CropSampler, published: Published, batch: int
) -> None:
    noises = draw_noise((4, 8, 8), seeds=[5 + k * SEED_STRIDE for k in range(6)])
    losses = []
    for noise in noises:
        published.steps(start(noise[None]), [999, 499])
        losses.append(float(published.loss(1)))
    best = min(range(6), key=losses.__getitem__)
    assert best != 0 and sorted(losses)[1] - losses[best] > 1e-6  # otherwise nothing is shown
    expected = published.steps(start(noises[best][None]), [999, 832, 666, 499, 333, 166])
    searching = replace(PUBLISHED, search_candidates=6, batch_size=batch)
    torch.testing.assert_close(drawn(sampler, searching), expected, rtol=1e-3, atol=1e-3)


def test_refinement_to_the_letter_equals_the_published(sampler: CropSampler, published: Published) -> None:
    sigmas = [*LEVELS[[999, 832, 666, 499, 333, 166]].tolist(), 0.0]
    x = start(draw_noise((4, 8, 8), seeds=[5]))
    for i, t in enumerate([999, 832, 666, 499, 333, 166]):
        for _ in range(21 if i == 5 else 1):
            x = x.detach().requires_grad_()
            published.predict(x, t, published.seen.characters)
            loss = published.loss(0)
            x = x - 20 * (1 - i / 6) ** 0.5 * torch.autograd.grad(loss, x)[0]
            if loss <= -0.5:
                break
        x = x.detach()
        with torch.no_grad():
            x = x + (sigmas[i + 1] - sigmas[i]) * (x - published.denoise(x, t)) / sigmas[i]
    refined = drawn(sampler, replace(PUBLISHED, refine=True, published_refinement=True))
    effect = (refined - drawn(sampler, PUBLISHED)).norm()
    assert effect > 0.01 and (refined - x).norm() < 0.05 * effect


def test_our_refinement_changes_the_drawing_and_not_by_chance(sampler: CropSampler) -> None:
    short = replace(PUBLISHED, num_inference_steps=2)
    plain, ours, again = (drawn(sampler, replace(short, refine=on)) for on in (False, True, True))
    assert not torch.equal(plain, ours) and torch.equal(ours, again)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"search_candidates": 4, "batch_size": 3},
        {"refine": True, "refine_step_size": 0.01},  # long moves come near the edge between two cells
        {"refine": True, "published_refinement": True},
    ],
)
def test_drawings_made_together_are_those_made_one_by_one(sampler: CropSampler, change: dict[str, Any]) -> None:
    config = replace(PUBLISHED, num_inference_steps=3, **change)
    together = drawn(sampler, config, seeds=(5, 6, 9))
    alone = torch.cat([drawn(sampler, config, seeds=(seed,)) for seed in (5, 6, 9)])
    assert (together[0] - together[1]).abs().max() > 0.1
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-3)
