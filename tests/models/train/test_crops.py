"""Claims about the second stage: each term by hand, gradients where they should be, randomness by the sample."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor

from models.data import assets
from models.data.crop_batches import CropBatch, GeneratedCrops, Share, crop_batches
from models.data.crop_scenes import CropSceneSampler
from models.nets.crop_net import build_crop_autoencoder
from models.nets.label_encoder import LabelEncoder
from models.objectives.local_attention import local_attention_loss, peak_attention_loss
from models.train.crop_autoencoder import start_as_averages
from models.train.crop_sizes import TINY
from models.train.crop_starts import Start, start_from_nothing
from models.train.crops import CropLosses, CropRun, CropStage, train_crops
from models.train.run_log import read_log
from models.train.spelling import CtcJudge, cut_lines
from models.train.steps import StepsConfig

STEPS = StepsConfig(4, 2, 1e-3, seed=0, ema_decay=0.9, log_every=1, save_every=2)


def series() -> GeneratedCrops:
    return GeneratedCrops(CropSceneSampler(assets.bundled(), size_px=48, max_chars=4), seed=1)


def batch(count: int = 2) -> CropBatch:
    return next(crop_batches(series(), range(1), batch_size=count, max_chars=4, share=Share(), num_workers=0))


def start(*, loud: bool = False) -> Start:
    torch.manual_seed(0)
    autoencoder = build_crop_autoencoder(TINY.autoencoder)
    start_as_averages(autoencoder)
    begun = start_from_nothing(TINY, seed=0, encoder=LabelEncoder(TINY.char_encoder).eval(), autoencoder=autoencoder)
    if loud:  # as if trained: at first cross-attention says nothing
        for name, parameter in begun.net.unet.named_parameters():
            if ".attn2." in name:
                torch.nn.init.normal_(parameter, std=0.1)
    return begun


class Half:
    """A reader for whom every picture costs half its mean brightness."""

    def __call__(self, pictures: Tensor, text_boxes: object, texts: object) -> Tensor:
        del text_boxes, texts
        return pictures.mean(dim=(1, 2, 3)) / 2 + 0.5


def test_each_term_is_what_it_is_by_hand() -> None:
    run = CropRun(CropLosses(attention=0.5, recognition=0.25, label_dropout=0.0), "unet", STEPS)
    stage, samples = CropStage(start(loud=True), run, Half()), batch()
    with torch.no_grad():
        terms = stage(samples)
        draws = stage.draws(samples)
        clean = stage.latents(samples.images, draws.image)
        denoised, maps = stage.denoise(samples, draws, clean)
        sigma = stage.scalings.levels[draws.levels]
        noise_pred = (clean + sigma[:, None, None, None] * draws.noise - denoised) / sigma[:, None, None, None]
    plain = (noise_pred - draws.noise).square().mean()  # sigma^-2 makes it the error of the noise
    torch.testing.assert_close(terms["denoising"], plain, rtol=1e-3, atol=1e-4)
    masks = samples.char_masks.float()
    expected = 0.5 * local_attention_loss(maps, masks, samples.char_valid).mean()
    torch.testing.assert_close(terms["attention"], expected)
    spelling = (stage.decode(denoised).mean(dim=(1, 2, 3)) / 2 + 0.5).clamp(max=1.0)
    torch.testing.assert_close(terms["recognition"], 0.25 * spelling.mean())
    peak = CropStage(start(loud=True), replace(run, losses=replace(run.losses, attention_form="peak")), None)
    with torch.no_grad():
        torch.testing.assert_close(
            peak(samples)["attention"], 0.5 * peak_attention_loss(maps, masks, samples.char_valid).mean()
        )


@pytest.mark.parametrize("form", ["local", "peak"])
def test_the_attention_term_moves_queries_and_keys_of_the_cross_attention(form: str) -> None:
    losses = CropLosses(attention_form=form, label_dropout=0.0)  # type: ignore[arg-type]
    stage = CropStage(start(loud=True), CropRun(losses, "attention", STEPS), None)
    stage(batch())["attention"].backward()
    moved = {n for n, p in stage.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}
    assert moved and all(".attn2." in name for name in moved)
    assert {name.split(".attn2.")[1] for name in moved} >= {"to_q.weight", "to_k.weight"}


def test_the_recognisers_term_reaches_the_network_through_the_decoder() -> None:
    losses = CropLosses(attention=0.0, recognition=1.0, recognition_clamp=100.0, label_dropout=0.0)
    stage = CropStage(start(loud=True), CropRun(losses, "attention", STEPS), CtcJudge.load())
    samples = batch(1)
    stage(samples)["recognition"].backward()
    assert any(p.grad is not None and p.grad.abs().max() > 0 for n, p in stage.named_parameters() if ".attn2." in n)
    hopeless = CropStage(start(), CropRun(replace(losses, recognition_clamp=1e-6), "attention", STEPS), stage.judge)
    torch.nn.init.normal_(hopeless.net.unet.conv_out.weight)
    hopeless(samples)["recognition"].backward()
    assert all(p.grad is None or not p.grad.any() for p in hopeless.parameters())


def test_lines_keep_their_proportions_and_true_pictures_read_well() -> None:
    seen = GeneratedCrops(CropSceneSampler(assets.bundled(), size_px=256, max_chars=6), seed=1)
    samples = next(crop_batches(seen, range(1), batch_size=4, max_chars=6, share=Share(), num_workers=0))
    assert cut_lines(samples.images, [(0, 0, 48, 24)] * 4).shape == (4, 3, 48, 96)
    judge = CtcJudge.load()
    right = judge(samples.images, samples.text_boxes, samples.texts)
    wrong = judge(samples.images, samples.text_boxes, [text[::-1] + "x" for text in samples.texts])
    assert (right < wrong).all() and right.median() < 0.5


def test_what_sees_no_text_is_not_taught_to_attend_or_to_spell() -> None:
    losses = CropLosses(label_dropout=1.0)
    stage, samples = CropStage(start(loud=True), CropRun(losses, "unet", STEPS), Half()), batch()
    draws = stage.draws(samples)
    assert not draws.kept.any() and not stage.condition(samples, draws).characters.any()
    terms = stage(samples)
    assert terms["attention"] == 0 and terms["recognition"] == 0 and terms["denoising"] > 0


def test_randomness_is_the_samples_own() -> None:
    stage, four = CropStage(start(), CropRun(steps=STEPS), None), batch(4)
    draws = stage.draws(four)
    last = next(crop_batches(series(), range(3, 4), batch_size=1, max_chars=4, share=Share(), num_workers=0))
    alone = stage.draws(last)
    torch.testing.assert_close(alone.noise[0], draws.noise[3])
    assert alone.levels[0] == draws.levels[3] and len(set(draws.levels.tolist())) > 1
    assert (draws.image != draws.context).any() and (draws.noise != draws.image).any()


def losses_of(folder: Path, steps: StepsConfig, begun: Start) -> list[dict[str, float]]:
    run = CropRun(CropLosses(), "attention", steps)
    train_crops(run, begun, folder, series=series(), judge=None, accelerator=Accelerator(cpu=True))
    return read_log(folder)


def test_accumulated_batches_are_one_large_batch(tmp_path: Path) -> None:
    whole = losses_of(tmp_path / "whole", replace(STEPS, steps=2, batch_size=4), start())
    parts = losses_of(tmp_path / "parts", replace(STEPS, steps=2, batch_size=2, accumulate=2), start())
    for one, other in zip(whole, parts, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-6)


def test_only_the_cross_attention_changes_when_asked(tmp_path: Path) -> None:
    begun, before = start(), start().net.state_dict()
    losses_of(tmp_path, replace(STEPS, steps=2), begun)
    changed = {name for name, value in begun.net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(".attn2." in name for name in changed)


def test_a_resumed_run_has_the_same_curve(tmp_path: Path) -> None:
    whole = losses_of(tmp_path / "whole", STEPS, start())
    losses_of(tmp_path / "parts", replace(STEPS, steps=2), start())
    with (tmp_path / "parts" / "log.jsonl").open("a") as log:
        log.write('{"step": 3, "denoising": 9.0}\n{"step": 4, "deno')  # what a killed run leaves behind
    parts = losses_of(tmp_path / "parts", STEPS, start())
    assert [row["step"] for row in parts] == [1, 2, 3, 4] and parts == whole
    assert {"denoising", "attention", "lr", "grad_norm/cross_attention"} <= whole[0].keys()
