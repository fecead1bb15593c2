import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from models.charset import encode
from models.checkpoints.shards import MAX_SHARD_BYTES
from models.config import AutoencoderConfig, CharEncoderConfig, ModelConfig, UNetConfig
from models.data import assets
from models.data.drafts import sample_draft
from models.data.scenes import SceneSampler
from models.data.stream import StripBatch, collate, to_tensor
from models.nets.autoencoder import Autoencoder
from models.nets.recogniser import Recogniser
from models.nets.strip_net import StripNet
from models.train.autoencoder import AutoencoderLosses, reconstruction_losses
from models.train.char_encoder import CharEncoderTask, TextStream, bin_characters
from models.train.inpainting import InpaintingLosses, InpaintingStage, character_masks, sample_sigmas
from models.train.loop import LoopConfig, Losses, Trainer

CONFIG = ModelConfig(
    autoencoder=AutoencoderConfig(channels=16, fine_channels=8, num_blocks=1),
    char_encoder=CharEncoderConfig(dim=32, num_layers=1, num_heads=2),
    unet=UNetConfig(block_out_channels=(32, 32, 32), head_dim=16, cross_attention_dim=32),
)


def strip_batch(count: int) -> StripBatch:
    sampler = SceneSampler(assets.bundled(), removal_share=0.0)
    pairs = []
    seed = 0
    while len(pairs) < count:
        pair = sampler.sample(np.random.default_rng(seed))
        seed += 1
        if pair.mask.shape[1] == 128:
            pairs.append(pair)
    rng = np.random.default_rng(0)
    return collate(pairs, [sample_draft(rng, pair) for pair in pairs])


def stage(net: StripNet, weights: InpaintingLosses) -> InpaintingStage:
    torch.manual_seed(1)
    autoencoder = Autoencoder(CONFIG.autoencoder)
    return InpaintingStage(net, autoencoder, CONFIG, weights, sigma_max=20.0, seed=0, device="cpu", compile_nets=False)


def test_autoencoder_overfits_one_batch() -> None:
    torch.manual_seed(0)
    autoencoder = Autoencoder(CONFIG.autoencoder)
    crops = strip_batch(2).target
    optimiser = torch.optim.Adam(autoencoder.parameters(), lr=3e-3)
    history = []
    for _ in range(240):
        latents = autoencoder.encode(crops)
        losses = reconstruction_losses(crops, autoencoder.decode(latents), latents, AutoencoderLosses(), None)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        history.append(float(losses["l1"].detach()))
    assert history[-1] < 0.5 * history[0]


def test_char_encoder_overfits_one_batch() -> None:
    torch.manual_seed(0)
    batch = next(iter(TextStream(assets.bundled(), batch_size=8, seed=0)))
    assert len(set(batch.texts)) == 8
    with torch.no_grad():
        _, features = Recogniser.load().forward_features(batch.pictures)
    task = CharEncoderTask(CONFIG.char_encoder)
    optimiser = torch.optim.Adam(task.parameters(), lr=3e-3)
    for _ in range(90):
        losses = task(*encode(batch.texts), features[-1])
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
    assert losses["contrastive"] < 0.05 and losses["characters"] < 0.1


def test_bins_average_the_characters_under_them() -> None:
    features = torch.arange(4.0)[None, :, None]  # (1, 4, 1)
    assert bin_characters(features, torch.ones(1, 4, dtype=torch.bool)).flatten().tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    alone = bin_characters(features, torch.tensor([[True, False, False, False]]))
    assert alone.flatten().tolist() == [0] * 8


def test_inpainting_overfits_one_batch() -> None:
    torch.manual_seed(0)
    net = StripNet(CONFIG)
    trained = stage(net, InpaintingLosses(source_dropout=0.0, high_noise_share=1.0))
    batch = strip_batch(2)
    optimiser = torch.optim.Adam(net.parameters(), lr=4e-3)
    history = []
    for _ in range(90):
        losses = trained.losses(batch, progress=0.0)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        history.append(float(losses["denoising"].detach()))
    assert np.mean(history[-5:]) < 0.35 * np.mean(history[:3])


@pytest.mark.parametrize(
    ("progress", "terms"),
    [
        (0.0, {"denoising", "attention"}),
        (0.2, {"denoising", "attention", "pixels", "edges", "features", "recognition"}),
        (0.9, {"denoising", "sharpening", "pixels", "edges", "features", "recognition"}),
    ],
)
def test_every_term_of_a_phase_moves_the_network(progress: float, terms: set[str]) -> None:
    torch.manual_seed(0)
    net = StripNet(CONFIG)
    torch.nn.init.normal_(net.unet.conv_out.weight, std=0.005)
    losses = stage(net, InpaintingLosses()).losses(strip_batch(2), progress)
    assert losses.keys() == terms
    for name, loss in losses.items():  # two published trainers carried a term whose gradient was zero
        gradients = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True, allow_unused=True)
        norm = sum(float(g.square().sum()) for g in gradients if g is not None)
        assert np.isfinite(norm) and norm > 0, name


def test_character_masks_share_out_each_cell() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.uint8)
    labels[0, :4, :2] = 1
    labels[0, 4:, 4:] = 3
    masks = character_masks(labels, 4)
    assert masks.shape == (1, 4, 2, 2)
    assert masks[0, 0].tolist() == [[0.5, 0.0], [0.0, 0.0]] and masks[0, 2].tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert masks[0, 1].sum() == masks[0, 3].sum() == 0


def test_sigmas_lie_in_range_with_the_share_of_high_ones() -> None:
    sigmas = sample_sigmas(4000, InpaintingLosses(), 20.0, torch.Generator().manual_seed(0))
    assert sigmas.min() >= 0.02 and sigmas.max() <= 20.0
    assert 0.72 < (sigmas >= 10.0).float().mean() < 0.79


def _to_one(module: "_Line") -> Callable[[object, int], Losses]:
    def loss_fn(batch: object, step: int) -> Losses:
        del batch, step
        return {"error": (module.slope - 1).square().sum()}

    return loss_fn


class _Line(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.zeros(3))


def _fit(folder: Path, *, num_batches: int) -> Trainer:
    module = _Line()
    config = LoopConfig(max_minutes=1, schedule_minutes=1, lr=0.1, seed=0, log_every=2, warmup_steps=1)
    trainer = Trainer(module, config, folder)

    def numbers() -> Iterator[torch.Tensor]:
        for index in range(trainer.step, trainer.step + num_batches):
            yield torch.full((2,), float(index % 3 + 1))

    def loss_fn(batch: object, step: int) -> Losses:
        del step
        assert isinstance(batch, torch.Tensor)
        return {"error": (module.slope * batch.sum() - 6).square().mean()}

    trainer.fit(numbers(), loss_fn)
    return trainer


def test_a_resumed_run_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    whole = _fit(tmp_path / "whole", num_batches=8)
    _fit(tmp_path / "parts", num_batches=4)
    parts = _fit(tmp_path / "parts", num_batches=4)
    assert parts.step == whole.step == 8 and parts.samples == 16
    assert torch.allclose(parts.module.state_dict()["slope"], whole.module.state_dict()["slope"], atol=5e-3)
    assert all(path.stat().st_size <= MAX_SHARD_BYTES + 4096 for path in (tmp_path / "parts").iterdir())
    rows = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4, 6, 8] and "error" in rows[0] and "grad_norm" in rows[0]


def test_an_interrupt_saves_what_was_learnt(tmp_path: Path) -> None:
    module = _Line()
    trainer = Trainer(module, LoopConfig(max_minutes=1, schedule_minutes=1, lr=0.1, seed=0), tmp_path)

    def interrupted() -> Iterator[torch.Tensor]:
        yield torch.ones(2)
        raise KeyboardInterrupt

    trainer.fit(interrupted(), _to_one(module))
    assert trainer.step == 1 and (tmp_path / "progress.json").is_file()


def test_time_is_up_stops_the_run(tmp_path: Path) -> None:
    module = _Line()
    trainer = Trainer(module, LoopConfig(max_minutes=1e-9, schedule_minutes=1, lr=0.1, seed=0), tmp_path)

    def endless() -> Iterator[torch.Tensor]:
        while True:
            yield torch.ones(2)

    trainer.fit(endless(), _to_one(module))
    assert trainer.step == 1


def test_pictures_become_tensors_in_the_range_of_the_nets() -> None:
    tensor = to_tensor([np.array([[[0, 128, 255]]], np.uint8)])
    assert tensor.shape == (1, 3, 1, 1) and tensor.flatten().tolist() == pytest.approx([-1, 0.0039, 1], abs=1e-3)
