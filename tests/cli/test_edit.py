import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.summary import summary
from models.pipeline import Candidate
from tests.cli.conftest import WORD_QUAD, Respell, files_under

QUICK = ("--candidates", 1, "--steps", 1, "--search-candidates", 1, "--no-refine", "--fallback", "none")


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def test_edit_changes_nothing_but_the_masked_pixels(respell: Respell, photo: Path, tiny_model: Path) -> None:
    mask = np.zeros((200, 320), bool)
    mask[36:94, 36:204] = True
    mask[60:70, 100:120] = False
    mask_path, out = photo.with_name("mask.png"), photo.with_name("out.png")
    Image.fromarray((mask * 255).astype(np.uint8)).save(mask_path)
    finished = respell(
        "edit", photo, "--mask", mask_path, "--text", "TAXI", "--out", out, "--model", tiny_model, *QUICK
    )
    assert finished.status == 0, finished.err
    changed = (pixels(out) != pixels(photo)).any(axis=2)
    assert changed.any()
    assert not (changed & ~mask).any()


def test_edit_finds_the_word_and_leaves_the_other_one(respell: Respell, photo: Path, tiny_model: Path) -> None:
    out, report = photo.with_name("out.png"), photo.with_name("report.json")
    finished = respell(
        "edit", photo, "--find", "exit", "--text", "TAXI", "--out", out, "--model", tiny_model,
        "--report", report, *QUICK, "--guidance", 2, "--feather", 3, "--seed", 7,
    )  # fmt: skip
    assert finished.status == 0, finished.err
    rows = np.flatnonzero((pixels(out) != pixels(photo)).any(axis=(1, 2)))
    assert rows.min() > 20 and rows.max() < 110  # PLAZA begins at row 125
    last = finished.out.splitlines()[-1]
    assert last.startswith("✗ TAXI, ") and last.endswith(f"0 pixels changed outside the mask → {out}")
    written = json.loads(report.read_text())
    assert written["model"] == "tiny" and written["text"] == "TAXI" and written["seed"] == 7
    assert written["sampler"]["num_inference_steps"] == 1 and written["sampler"]["guidance_scale"] == 2
    assert written["feather_px"] == 3
    assert not written["switched_on"]["noise_search"] and not written["switched_on"]["refinement"]
    assert written["attempts"] == len(written["candidates"]) == 3


def test_edit_without_read_back_says_so(respell: Respell, photo: Path, tiny_model: Path) -> None:
    out = photo.with_name("out.jpg")
    finished = respell(
        "edit", photo, "--quad", WORD_QUAD, "--text", "TAXI", "--out", out, "--model", tiny_model, *QUICK, "--no-verify"
    )
    assert finished.status == 0, finished.err
    assert finished.out == f"• TAXI, not read back, 0 pixels changed outside the mask → {out}\n"
    assert out.read_bytes().startswith(b"\xff\xd8\xff")


def test_edit_typesets_when_no_candidate_reads_right(respell: Respell, photo: Path, tiny_model: Path) -> None:
    out, maps = photo.with_name("out.png"), photo.parent / "maps"
    finished = respell(
        "edit", photo, "--box", "40,40,160,50", "--text", "TAXI", "--out", out, "--model", tiny_model,
        *QUICK, "--fallback", "typeset", "--maps", maps,
    )  # fmt: skip
    assert finished.status == 0, finished.err
    assert "typeset, as none of 3 drawn candidates reads right, read back right" in finished.out
    assert finished.err.startswith("no maps: ") and not maps.exists()


def test_edit_removes_a_word(respell: Respell, photo: Path, tiny_model: Path) -> None:
    out = photo.with_name("out.png")
    finished = respell("edit", photo, "--quad", WORD_QUAD, "--text", "", "--out", out, "--model", tiny_model, *QUICK)
    assert finished.status == 0, finished.err
    assert "word removed" in finished.out


def test_the_same_seed_writes_the_same_file(respell: Respell, photo: Path, tiny_model: Path) -> None:
    contents = []
    for name in ("first.png", "second.png"):
        out = photo.with_name(name)
        respell(
            "edit", photo, "--quad", WORD_QUAD, "--text", "TAXI", "--out", out, "--model", tiny_model,
            *QUICK, "--no-verify", "--seed", 3,
        )  # fmt: skip
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]


def test_maps_are_a_picture_for_each_character(respell: Respell, photo: Path, tiny_model: Path) -> None:
    out, maps = photo.with_name("out.png"), photo.parent / "maps"
    finished = respell(
        "edit", photo, "--quad", WORD_QUAD, "--text", "A/7", "--out", out, "--model", tiny_model,
        *QUICK, "--no-verify", "--maps", maps,
    )  # fmt: skip
    assert finished.status == 0, finished.err
    names = [path.name for path in files_under(maps)]
    assert names == ["01-A.png", "02-U+002F.png", "03-7.png", "contact-sheet.png", "segments.png"]


def candidate(ocr_text: str | None, *, verified: bool = False, typeset: bool = False) -> Candidate:
    errors = None if ocr_text is None else 0 if verified else 1
    strip = np.zeros((64, 128, 3), np.uint8)
    return Candidate(0, "typeset" if typeset else "model", 0, ocr_text, verified, errors, 0.5, strip)


OUTSIDE = "0 pixels changed outside the mask → out.png"


@pytest.mark.parametrize(
    ("candidates", "line"),
    [
        ([candidate("TAXI", verified=True)], f"✓ TAXI, read back right, {OUTSIDE}"),
        ([candidate(None)], f"• TAXI, not read back, {OUTSIDE}"),
        (
            [candidate("TAXl"), candidate("TAX")],
            f"✗ TAXI, none of 2 drawn candidates reads right, the best reads 'TAXl', {OUTSIDE}",
        ),
        (
            [candidate("TAXI", verified=True, typeset=True), candidate("TAX")],
            f"✓ TAXI, typeset, as none of 1 drawn candidates reads right, read back right, {OUTSIDE}",
        ),
        (
            [candidate("TXI", typeset=True), candidate("TAX")],
            f"✗ TAXI, typeset, as none of 1 drawn candidates reads right, this reads 'TXI', {OUTSIDE}",
        ),
    ],
)
def test_the_last_line_says_what_was_read_back(candidates: list[Candidate], line: str) -> None:
    out = Path("out.png")
    assert summary("TAXI", candidates[0], candidates, changed_outside_mask_px=0, out=out) == line


def test_the_last_line_of_a_removal_says_that_nothing_reads_there() -> None:
    removed = candidate("", verified=True)
    line = summary("", removed, [removed], changed_outside_mask_px=1, out=Path("out.png"))
    assert line == "✓ word removed, nothing reads there now, 1 pixel changed outside the mask → out.png"
