"""The report says what was measured, in figures that another program can read and sheets that a person can."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.config import SamplerConfig
from models.evaluate.markdown import table
from models.evaluate.outcomes import Drawn, measure
from models.evaluate.protocols import BEST_OF, subject_of
from models.evaluate.protocols_reading import MAIN_READER
from models.evaluate.report import Items, compare_samplers, evaluate_editor
from models.evaluate.report_figures import case_of, differences, kind_of, length_of, method_figures
from models.evaluate.report_sheet import Cell, Layout, draw_sheet
from models.evaluate.report_tables import main_table
from tests.models.evaluate.scenes import PasteEditor, pairs, rapidocr, sign_item


def test_a_report_is_json_markdown_and_sheets_that_agree(tmp_path: Path) -> None:
    some = pairs(6)
    report = evaluate_editor(
        PasteEditor(), Items(pairs=some), rapidocr(), tmp_path, notes=["a note"], seed=7, sampler=SamplerConfig()
    )
    written = json.loads((tmp_path / "quality.json").read_text())
    assert written["synthetic"] == json.loads(json.dumps(report["synthetic"]))
    assert len(written["items"]) == 6
    assert (tmp_path / "quality.md").read_text() == main_table(report)
    assert "a note" in main_table(report)
    with Image.open(tmp_path / "pairs-01.png") as sheet:
        assert sheet.width > 5 * 300


def test_an_editor_that_pastes_is_as_good_as_the_paste(tmp_path: Path) -> None:
    report = evaluate_editor(
        PasteEditor(), Items(pairs=pairs(5)), rapidocr(), tmp_path, notes=[], seed=7, sampler=SamplerConfig()
    )
    over = report["synthetic"]["over_the_paste"]
    assert set(over) == {"single", f"best_of_{BEST_OF}"}
    assert all(abs(figure["value"]) < 0.01 for figure in over["single"].values())


def test_the_ceiling_has_a_share_of_1_and_a_refused_edit_counts_as_wrong(tmp_path: Path) -> None:
    some = pairs(5)
    everything = "".join(pair.target_text for pair in some)
    report = evaluate_editor(
        PasteEditor(refused=everything),
        Items(pairs=some),
        rapidocr(),
        tmp_path,
        notes=[],
        seed=7,
        sampler=SamplerConfig(),
    )
    methods = report["synthetic"]["methods"]
    assert methods["target"]["readers"][MAIN_READER]["share"]["value"] == 1.0
    assert methods["single"]["refused"] == 5
    assert methods["single"]["readers"][MAIN_READER]["accuracy"]["value"] == 0.0


def test_neighbours_have_figures_a_table_and_a_sheet(tmp_path: Path) -> None:
    items = Items(neighbours=[sign_item(tmp_path)])
    report = evaluate_editor(PasteEditor(), items, rapidocr(), tmp_path, notes=[], seed=7, sampler=SamplerConfig())
    assert report["synthetic"] is None and report["confidence"] is None
    methods = report["neighbours"]["methods"]
    assert methods["target"]["ssim"]["value"] == pytest.approx(1)
    assert methods["hidden"]["style"]["measured"] == 0
    assert methods["paste"]["ssim"]["value"] < 1
    assert "1 words of real signs" in (tmp_path / "quality.md").read_text()
    assert json.loads((tmp_path / "quality.json").read_text())["neighbour_items"][0]["neighbour"] == "MARKET"
    with Image.open(tmp_path / "neighbours.png") as sheet:
        assert sheet.width > 5 * 400


def test_share_and_where_readable_are_what_they_are_said_to_be() -> None:
    some = pairs(4)
    texts = [pair.target_text for pair in some]
    truth = measure([subject_of(pair) for pair in some], [Drawn(pair.target) for pair in some], rapidocr())
    ceiling = [replace(o, texts={MAIN_READER: p.target_text}) for o, p in zip(truth, some, strict=True)]
    ceiling[3] = replace(ceiling[3], texts={MAIN_READER: ""})  # reads 3 of 4
    ours = [replace(outcome, texts={MAIN_READER: ""}) for outcome in ceiling]
    ours[0] = ceiling[0]
    ours[3] = replace(ceiling[3], texts={MAIN_READER: some[3].target_text})  # reads 2 of 4, one that can't be
    spelling = method_figures(texts, ours, ceiling, seed=0)["readers"][MAIN_READER]
    assert spelling["accuracy"]["value"] == 0.5
    assert spelling["share"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert spelling["where_readable"]["value"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_sampler_has_no_difference_to_itself(tmp_path: Path) -> None:
    default = SamplerConfig()
    report = compare_samplers(
        PasteEditor(),
        pairs(3),
        rapidocr(),
        tmp_path,
        title="ablation",
        samplers={"off": default, "search": default},
        notes=[],
        seed=7,
    )
    assert report["baseline"] == "off"
    assert set(report["differences"]) == {"search"}
    assert all(set(figure.values()) == {0.0} for figure in report["differences"]["search"].values())
    assert "search" in (tmp_path / "ablation.md").read_text()


def test_differences_are_ours_minus_theirs() -> None:
    some = pairs(3)
    subjects, texts = [subject_of(pair) for pair in some], [pair.target_text for pair in some]
    truth = measure(subjects, [Drawn(pair.target) for pair in some], rapidocr())
    old = measure(subjects, [Drawn(pair.source) for pair in some], rapidocr())
    assert differences(texts, truth, old, seed=0)["ssim"]["low"] > 0
    assert differences(texts, old, truth, seed=0)["ssim"]["high"] < 0


@pytest.mark.parametrize(
    ("text", "kind", "length", "case"),
    [
        ("EXIT", "words and names", "01-04", "UPPER"),
        ("Keep Out", "words and names", "05-08", "Title"),
        ("87 km", "random strings", "05-08", "lower"),
        ("8:30", "random strings", "01-04", "no letters"),
        ("haemophilia", "words and names", "09-12", "lower"),
        ("LONIZING heaved", "words and names", "13-24", "mixed"),
    ],
)
def test_every_text_has_one_bucket_a_dimension(text: str, kind: str, length: str, case: str) -> None:
    assert (kind_of(text), length_of(text), case_of(text)) == (kind, length, case)


def test_a_sheet_grows_with_its_rows_and_holds_the_pictures() -> None:
    red = np.zeros((64, 256, 3), np.uint8)
    red[..., 0] = 255
    rows = [(str(index), [Cell(red, "EXIT"), Cell(red, "TAX1", False, "0.61")]) for index in range(3)]
    one = draw_sheet("title", "subtitle", ["old", "new"], rows[:1], Layout(330, 72))
    three = draw_sheet("title", "subtitle", ["old", "new"], rows, Layout(330, 72))
    beside = draw_sheet("title", "subtitle", ["old", "new"], rows, Layout(330, 72, abreast=3))
    assert (three.width, beside.height) == (one.width, one.height)
    assert three.height > one.height and beside.width > one.width
    reds = (np.asarray(three) == (255, 0, 0)).all(axis=2).sum()
    assert reds == 6 * 72 * 288


def test_a_row_without_a_cell_for_each_column_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 2 cells"):
        draw_sheet("t", "s", ["old", "new"], [("1", [Cell(np.zeros((64, 128, 3), np.uint8), "a")])], Layout(330, 72))


def test_tables_line_up() -> None:
    lines = table(["", "SSIM"], [["ours", "0.61 [0.58, 0.64]"], ["plain paste", "–"]]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].endswith(":|")
