"""`respell convert`: what it says, and what it refuses, at the published size but without its bytes."""

import json
from pathlib import Path

import torch
from torch import Tensor

from cli.convert import account
from models.checkpoints.udifftext import Conversion, Source
from models.config import CropModelConfig
from tests.cli.conftest import WORD_QUAD, Respell, files_under
from tests.cli.test_refusals import refused
from tests.models.checkpoints.published_files import PublishedNets, prefixed, save_lightning


def full_size_unet() -> dict[str, Tensor]:
    """Every tensor of the published v2 U-Net in its shape; each holds one zero, repeated."""
    with torch.device("meta"):
        unet = PublishedNets(CropModelConfig(), "v2").unet
    names = prefixed(unet, "model.diffusion_model.").items()
    return {name: torch.zeros(1).expand(value.shape) for name, value in names}


def test_a_checkpoint_that_lacks_a_tensor_or_a_net_is_refused_by_name(respell: Respell, tmp_path: Path) -> None:
    tensors = full_size_unet()
    whole = save_lightning(tensors, tmp_path / "whole.ckpt")
    assert whole.stat().st_size < 2_000_000
    out = ("--out", tmp_path / "model")
    message = refused(respell, tmp_path, "convert", "udifftext", "--checkpoint", whole, *out)
    assert "has no char_encoder: give the file that has it with --encoder" in message
    tensors.pop("model.diffusion_model.time_embed.2.bias")
    broken = save_lightning(tensors, tmp_path / "broken.ckpt")
    message = refused(respell, tmp_path, "convert", "udifftext", "--checkpoint", broken, *out)
    assert "1 of 686 tensors of the unet are missing: time_embedding.linear_2.bias" in message


def test_no_file_no_checkpoint_and_an_existing_folder_are_refused(respell: Respell, tmp_path: Path) -> None:
    notes = tmp_path / "notes.ckpt"
    notes.write_text("not a checkpoint")
    convert = ("convert", "udifftext", "--checkpoint")
    assert "no torch checkpoint" in refused(respell, tmp_path, *convert, notes, "--out", tmp_path / "model")
    assert "no file" in refused(respell, tmp_path, *convert, tmp_path / "x", "--out", tmp_path / "model")
    assert "exists" in refused(respell, tmp_path, *convert, notes, "--out", tmp_path)
    assert "doesn't exist" in refused(respell, tmp_path, *convert, notes, "--out", tmp_path / "a" / "b")


def test_account_says_what_was_read_used_and_left_out() -> None:
    known = Source("a.ckpt", "0" * 64, "a.ckpt of somewhere", None)
    damaged = Source("b.ckpt", "1" * 64, None, "it is as long as the published b.ckpt, but another file")
    lines = account(
        Conversion("v1", [known, damaged], {"unet": 686}, {"dead": ["norm2"] * 32}, {"a.ckpt": ["optimizer_states"]})
    )
    assert lines == [
        "a.ckpt: a.ckpt of somewhere",
        "b.ckpt: not a file we know",
        "  it is as long as the published b.ckpt, but another file",
        "dialect v1; tensors used: unet 686",
        "left out: 32, dead",
        "left out of a.ckpt: optimizer_states",
    ]


def test_a_converted_model_edits_a_photo(respell: Respell, photo: Path, tiny_crop_model: Path) -> None:
    out, report = photo.parent / "out.png", photo.parent / "report.json"
    drawn = ("--candidates", 1, "--steps", 2, "--search-candidates", 1, "--refine", "--no-verify", "--report", report)
    place = ("--quad", WORD_QUAD, "--text", "TAXI", "--out", out, "--model", tiny_crop_model)
    finished = respell("edit", photo, *place, *drawn)
    assert finished.status == 0, finished
    assert "0 pixels changed outside the mask" in finished.out and out.is_file()
    told = json.loads(report.read_text())
    assert told["model"] == "udiff" and told["sampler"]["num_inference_steps"] == 2 and len(told["crops_px"]) == 1
    assert told["switched_on"]["refinement"]
    files = files_under(photo.parent)
    refusal = respell("edit", photo, *place[:3], "x" * 13, *place[4:])
    assert refusal.status == 2 and "takes words of at most 12" in refusal.err and files_under(photo.parent) == files
