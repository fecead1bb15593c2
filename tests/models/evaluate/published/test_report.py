"""Claims about the report of the published protocol, made with real models of both families on real files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.checkpoints.folders import BUILT_IN
from models.errors import BadDataError
from models.evaluate.published.protocol import Plan
from models.evaluate.published.report import run_published
from models.evaluate.published.tables import protocol_table
from models.evaluate.readers import OwnReader
from tests.models.crop_models import with_quick_sampler
from tests.models.data.published.layouts import icdar_line, sign, write_icdar13

WORDS = {"EXIT": (40, 60, 440, 200), "TICKET": (60, 240, 460, 370)}


@pytest.fixture(scope="module")
def reader() -> OwnReader:
    return OwnReader.load()


def icdar(root: Path, *more: str) -> Path:
    lines = [*(icdar_line(word, box) for word, box in WORDS.items()), *more]
    return write_icdar13(root / "ICDAR13", {"img_1": sign((520, 420), WORDS)}, {"img_1": lines})


def test_a_crop_model_is_judged_on_crops_of_its_own_size(
    tmp_path: Path, tiny_crop_model: Path, reader: OwnReader
) -> None:
    steps: list[tuple[str, int, int]] = []
    report = run_published(
        with_quick_sampler(tiny_crop_model, tmp_path / "model"),
        "icdar13",
        icdar(tmp_path, "not a word"),
        tmp_path / "out",
        reader=reader,
        plan=Plan(seed=1, runs=2),
        metrics={},
        device="cpu",
        progress=lambda *step: steps.append(step),
    )
    assert report["model"] == "udiff" and report["notes"] == []
    row = report["rows"]["all words"]
    assert (row["words"], row["runs"]) == (2, 2) and row["editing"]["seq_acc"]["value"] == 0.0  # it is untrained
    assert row["editing"]["refused"] == row["reconstruction"]["refused"] == 0
    written = json.loads((tmp_path / "out" / "published.json").read_text())
    assert written["rows"] == report["rows"] and len(written["items"]) == 2
    assert written["reading"]["malformed"] == {'not a line `left, top, right, bottom, "WORD"`': 1}
    assert steps[-1] == ("drawing and reading words", 2, 2)
    markdown = (tmp_path / "out" / "published.md").read_text()
    assert markdown == protocol_table(report) and "malformed: 1" in markdown
    assert "published UDiffText, all words" in markdown and "91.0" in markdown and "RapidOCR" in markdown
    with Image.open(tmp_path / "out" / "words.png") as sheet:
        assert sheet.width > 3 * 256 and len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 1000


@pytest.mark.slow
def test_the_built_in_model_reads_right_and_is_said_to_see_the_old_word(tmp_path: Path, reader: OwnReader) -> None:
    report = run_published(
        BUILT_IN,
        "icdar13",
        icdar(tmp_path),
        tmp_path / "out",
        reader=reader,
        plan=Plan(seed=0, runs=1),
        metrics={},
        device="cpu",
    )
    row = report["rows"]["all words"]
    assert row["untouched"]["value"] == 1.0
    assert row["reconstruction"]["seq_acc"]["value"] == 1.0 and row["editing"]["seq_acc"]["value"] >= 0.5
    assert len(report["notes"]) == 1 and "sees" in report["notes"][0]


def test_a_data_set_without_a_usable_word_is_refused_with_what_was_read(
    tmp_path: Path, tiny_crop_model: Path, reader: OwnReader
) -> None:
    root = write_icdar13(
        tmp_path / "ICDAR13", {}, {"img_1": ["158 128 411 181 Footpath", icdar_line("GONE", (0, 0, 99, 99))]}
    )
    with pytest.raises(BadDataError, match=r"no word of .*2 words in 1 pictures.*malformed: 1, no picture .img_1:2"):
        run_published(
            tiny_crop_model,
            "icdar13",
            root,
            tmp_path / "out",
            reader=reader,
            plan=Plan(seed=0),
            metrics={},
            device="cpu",
        )
    assert not (tmp_path / "out").exists()
