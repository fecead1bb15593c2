"""Whatever can't be done is refused in one line on stderr with exit status 2 or 3, and nothing is written."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import WORD_QUAD, Respell, files_under

HERE = ("--quad", WORD_QUAD)


def refused(respell: Respell, folder: Path, *arguments: object, status: int = 2) -> str:
    """The message of the refusal."""
    before = files_under(folder)
    finished = respell(*arguments)
    assert finished.status == status, finished
    assert finished.out == ""
    first, *others = finished.err.splitlines()
    assert first.startswith("error: ")
    assert status == 3 or not others, others
    assert files_under(folder) == before
    return finished.err


def edit_refused(respell: Respell, photo: Path, *where: object, text: str = "TAXI", status: int = 2) -> str:
    out = photo.parent / "out.png"
    return refused(respell, photo.parent, "edit", photo, *where, "--text", text, "--out", out, status=status)


def test_edit_refuses_no_target_and_two_targets(respell: Respell, photo: Path) -> None:
    assert "one of --find, --quad, --box, --mask says where to write, got none" in edit_refused(respell, photo)
    both = edit_refused(respell, photo, "--find", "EXIT", "--box", "40,40,160,50")
    assert "got --find and --box" in both


@pytest.mark.parametrize(
    ("quad", "reason"),
    [
        ("40,40 200,40 200,90", "four corners"),
        ("40,40 200,40 200,90 40", "four corners"),
        ("a,b 200,40 200,90 40,90", "four corners"),
        ("", "four corners"),
        ("40,40 40,90 200,90 200,40", "counter-clockwise"),
        ("40,40 200,90 200,40 40,90", "crosses itself"),
        ("40,40 40,40 200,90 40,90", "equal corners"),
        ("nan,40 200,40 200,90 40,90", "finite"),
        ("40,40 400,40 400,90 40,90", "outside the photo of 320 × 200 px"),
        ("40,40 200,40 200,45 40,45", "at least 8 px"),
    ],
)
def test_edit_refuses_a_bad_quad(respell: Respell, photo: Path, quad: str, reason: str) -> None:
    assert reason in edit_refused(respell, photo, "--quad", quad)
    assert reason in edit_refused(respell, photo, *HERE, "--style-quad", quad)


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ("40,40,160", "x,y,w,h"),
        ("40,40,160,x", "x,y,w,h"),
        ("40,40,0,50", "above 0"),
        ("40,40,160,-5", "above 0"),
        ("40,40,nan,50", "above 0"),
        ("300,150,100,100", "outside the photo"),
        ("-40,40,160,50", "outside the photo"),
    ],
)
def test_edit_refuses_a_bad_box(respell: Respell, photo: Path, box: str, reason: str) -> None:
    assert reason in edit_refused(respell, photo, f"--box={box}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", "blank"),
        ("x" * 25, "24"),
        ("MAŁY", "Ł"),
        ("出口", "出"),
        ("two\nlines", "\\n"),
    ],
)
def test_edit_refuses_a_text_and_says_why(respell: Respell, photo: Path, text: str, reason: str) -> None:
    assert reason in edit_refused(respell, photo, *HERE, text=text)


def test_edit_lists_the_words_that_are_there(respell: Respell, photo: Path) -> None:
    message = edit_refused(respell, photo, "--find", "PLATFORM", status=3)
    assert {"  EXIT", "  PLAZA"} <= set(message.splitlines())


def test_edit_refuses_an_occurrence_that_is_not_there(respell: Respell, photo: Path) -> None:
    assert "1 times" in edit_refused(respell, photo, "--find", "EXIT#2", status=3)


@pytest.mark.parametrize("find", ["", "  ", "#1", "EXIT#0"])
def test_edit_refuses_to_find_nothing(respell: Respell, photo: Path, find: str) -> None:
    edit_refused(respell, photo, "--find", find)


def test_every_command_refuses_what_is_no_photo(respell: Respell, photo: Path) -> None:
    missing = photo.with_name("missing.png")
    words = photo.with_name("words.png")
    words.write_text("no picture at all")
    truncated = photo.with_name("truncated.png")
    truncated.write_bytes(photo.read_bytes()[:3000])
    for path, reason in ((missing, "No such file"), (words, "not a PNG"), (truncated, "truncated")):
        assert reason in edit_refused(respell, path, *HERE)
        assert reason in refused(respell, photo.parent, "detect", path)
    assert "Is a directory" in refused(respell, photo.parent, "detect", photo.parent)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_edit_refuses_several_frames(respell: Respell, photo: Path, suffix: str) -> None:
    animated = photo.with_name("animated" + suffix)
    frames = [Image.new("RGB", (320, 200), colour) for colour in ("white", "black")]
    frames[0].save(animated, save_all=True, append_images=frames[1:])
    assert "2 frames" in edit_refused(respell, animated, *HERE)


def test_edit_refuses_too_many_pixels_before_decoding_them(respell: Respell, photo: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    huge = photo.with_name("huge.png")
    header = struct.pack(">IIBBBBB", 7200, 7000, 8, 2, 0, 0, 0)
    huge.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    assert "7200 × 7000" in edit_refused(respell, huge, *HERE)


def save_mask(path: Path, mask: np.ndarray) -> Path:
    Image.fromarray((mask * 255).astype(np.uint8)).save(path)
    return path


def test_edit_refuses_a_mask_that_does_not_fit(respell: Respell, photo: Path) -> None:
    path = photo.with_name("mask.png")
    small = np.zeros((100, 160), bool)
    small[40:60, 40:100] = True
    masks = (
        (small, "160 × 100"),
        (np.zeros((200, 320), bool), "empty"),
        (np.ones((200, 320), bool), "whole photo"),
        (np.eye(200, 320, k=20, dtype=bool) & (np.arange(320) < 25), "at least 8 px"),
    )
    for mask, reason in masks:
        assert reason in edit_refused(respell, photo, "--mask", save_mask(path, mask))
    path.write_text("no picture")
    assert "the mask can't be read" in edit_refused(respell, photo, "--mask", path)


def test_edit_refuses_a_place_to_write_before_anything_is_drawn(respell: Respell, photo: Path) -> None:
    folder = photo.parent
    transparent = folder / "transparent.png"
    Image.new("RGBA", (320, 200), (255, 255, 255, 128)).save(transparent)

    def to(out: Path, *more: object, of: Path = photo) -> str:
        return refused(respell, folder, "edit", of, *HERE, "--text", "TAXI", "--out", out, *more)

    assert "doesn't exist" in to(folder / "missing" / "out.png")
    assert "is a folder" in to(folder)
    assert "can't write '.gif'" in to(folder / "out.gif")
    assert "a file without suffix" in to(folder / "out")
    assert "is the photo itself" in to(photo)
    assert "transparency" in to(folder / "out.jpg", of=transparent)
    out = folder / "out.png"
    assert "doesn't exist" in to(out, "--report", folder / "missing" / "report.json")
    assert "name another file" in to(out, "--report", out)
    assert "doesn't exist" in to(out, "--maps", folder / "missing" / "maps")
    assert "is a file" in to(out, "--maps", photo)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_edit_refuses_a_folder_without_the_right_to_write(respell: Respell, photo: Path) -> None:
    closed = photo.parent / "closed"
    closed.mkdir(mode=0o500)
    out = closed / "out.png"
    message = refused(respell, photo.parent, "edit", photo, *HERE, "--text", "TAXI", "--out", out)
    assert "no right to write" in message


def test_edit_refuses_a_model_that_is_not_there(respell: Respell, photo: Path) -> None:
    assert "no model 'gpt'" in edit_refused(respell, photo, *HERE, "--model", "gpt")
    assert "model_index.json is missing" in edit_refused(respell, photo, *HERE, "--model", photo.parent)


def test_edit_refuses_a_damaged_model(respell: Respell, photo: Path, tiny_model: Path) -> None:
    damaged = photo.parent / "model"
    for path in tiny_model.rglob("*"):
        if path.is_file():
            copy = damaged / path.relative_to(tiny_model)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes()[: 999 if path.suffix == ".safetensors" else None])
    assert "damaged" in edit_refused(respell, photo, *HERE, "--model", damaged)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--candidates", 0), "--candidates"),
        (("--steps", 0), "--steps"),
        (("--steps", "many"), "--steps"),
        (("--guidance", -1), "--guidance"),
        (("--feather", 33), "--feather"),
        (("--seed", -1), "--seed"),
        (("--fallback", "magic"), "--fallback"),
        (("--colour", "red"), "--colour"),
    ],
)
def test_edit_refuses_options_by_name(respell: Respell, photo: Path, options: tuple[object, ...], reason: str) -> None:
    assert reason in edit_refused(respell, photo, *HERE, *options)


def test_edit_refuses_to_guess_text_and_output(respell: Respell, photo: Path) -> None:
    assert "--text" in refused(respell, photo.parent, "edit", photo, *HERE, "--out", photo.parent / "out.png")
    assert "--out" in refused(respell, photo.parent, "edit", photo, *HERE, "--text", "TAXI")


def test_synth_and_evaluate_name_the_command_that_makes_assets(respell: Respell, tmp_path: Path) -> None:
    nowhere = tmp_path / "assets"
    for command in (
        ("synth", "--count", 1, "--out", tmp_path / "pairs"),
        ("train", "autoencoder", "--max-minutes", 1, "--out", tmp_path / "run"),
    ):
        assert "run `make assets` first" in refused(respell, tmp_path, *command, "--assets", nowhere)


def test_train_refuses_to_mix_up_runs(respell: Respell, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()

    def train(*arguments: object) -> str:
        return refused(respell, tmp_path, "train", "autoencoder", "--max-minutes", 1, *arguments)

    assert "no run to go on with" in train("--resume", run)
    assert "give one of them" in train("--resume", run, "--out", run)
    (run / "progress.json").write_text("{}")
    assert f"--resume {run}" in train("--out", run)
    assert "can't be used" in train("--out", tmp_path / "new", "--device", "abacus")
    assert "--max-minutes" in refused(respell, tmp_path, "train", "autoencoder", "--max-minutes", 0)
