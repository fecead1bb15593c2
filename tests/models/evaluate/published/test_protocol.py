"""Claims about the published protocol: what is drawn, what is read, and how it is counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from models.config import SamplerConfig
from models.data.crop_samples import CropSample
from models.data.published.dataset import PublishedDataset
from models.data.published.icdar13 import Icdar13
from models.data.published.source import polygon_mask
from models.evaluate.metrics import Image
from models.evaluate.published.figures import item_figures, protocol_figures, reads_exactly
from models.evaluate.published.protocol import Attempt, Judged, Plan, WordResult, judge_words, quad_of
from models.evaluate.readers import OwnReader, TextReader
from models.regions.quad import quad_from_box
from tests.models.data.published.layouts import icdar_line, sign, write_icdar13
from tests.models.evaluate.scenes import PasteEditor

WORDS = {"EXIT": (40, 60, 360, 160), "TAXI": (60, 220, 420, 330)}


@dataclass
class NotedReader:
    """Our reader, and the crops that it was given."""

    reader: OwnReader
    seen: list[Image] = field(default_factory=list)
    name: str = "noted"

    def read(self, crops: Sequence[Image]) -> list[str]:
        self.seen += crops
        return self.reader.read(crops)


@pytest.fixture(scope="module")
def reader() -> OwnReader:
    return OwnReader.load()


@pytest.fixture
def samples(tmp_path: Path) -> list[CropSample]:
    lines = [icdar_line(word, box) for word, box in WORDS.items()]
    root = write_icdar13(tmp_path, {"img_1": sign((480, 400), WORDS)}, {"img_1": lines})
    return list(PublishedDataset(Icdar13(root, "val")))


def judge(samples: Sequence[CropSample], reader: TextReader, plan: Plan, *, refused: str = "") -> list[Judged]:
    return list(judge_words(PasteEditor(refused), samples, reader, plan, sampler=SamplerConfig()))


def test_each_word_is_written_again_and_replaced_by_one_as_long_in_every_run(
    samples: list[CropSample], reader: OwnReader
) -> None:
    first, second = (one.result for one in judge(samples, reader, Plan(seed=3, runs=2)))
    assert (first.text, first.untouched, second.text, second.untouched) == ("EXIT", "EXIT", "TAXI", "TAXI")
    assert [attempt.wanted for attempt in first.of("reconstruction")] == ["EXIT", "EXIT"]
    words = [attempt.wanted for attempt in (*first.of("editing"), *second.of("editing"))]
    assert {len(word) for word in words} == {4} and not {"EXIT", "TAXI"} & set(words) and len(set(words)) > 1
    assert [attempt.run for attempt in first.of("editing")] == [0, 1]
    assert [attempt.reading for attempt in first.of("editing")] == words[:2]  # a paste reads right


def test_what_is_read_is_the_words_box_of_the_drawing(samples: list[CropSample], reader: OwnReader) -> None:
    noted = NotedReader(reader)
    (one, _) = judge(samples, noted, Plan(seed=0, runs=1))
    x0, y0, x1, y1 = one.sample.text_box
    original, again, edited = noted.seen[:3]
    assert np.array_equal(original, one.sample.image[y0:y1, x0:x1])
    assert np.array_equal(again, one.pictures["reconstruction"][y0:y1, x0:x1])
    assert np.array_equal(edited, one.pictures["editing"][y0:y1, x0:x1])
    assert (one.pictures["editing"] == one.sample.image)[~one.sample.mask].all()


def test_the_first_words_and_runs_do_not_depend_on_how_many_there_are(
    samples: list[CropSample], reader: OwnReader
) -> None:
    (few,) = judge(samples, reader, Plan(seed=0, runs=1, count=1))
    many = judge(samples, reader, Plan(seed=0, runs=3))
    wanted = [(attempt.run, attempt.wanted, attempt.reading) for attempt in many[0].result.attempts[:2]]
    assert [(attempt.run, attempt.wanted, attempt.reading) for attempt in few.result.attempts] == wanted
    assert len(many) == 2 and len(many[0].result.attempts) == 6


def test_a_refusal_counts_as_wrong_though_the_old_word_stands(samples: list[CropSample], reader: OwnReader) -> None:
    (one, _) = judge(samples, reader, Plan(seed=0, runs=1), refused="E")
    again = one.result.of("reconstruction")[0]
    assert again.refused == "bad_text" and again.reading == ""
    assert np.array_equal(one.pictures["reconstruction"], one.sample.image)
    thin = CropSample(samples[0].image, np.eye(512, dtype=np.bool_), "TAXI", (0, 0, 512, 512))
    (one,) = judge([thin], reader, Plan(seed=0, runs=1))
    assert {attempt.refused for attempt in one.result.attempts} == {"bad_target"}


def test_an_upright_word_has_its_box_and_a_slanted_one_the_rectangle_round_its_mask(
    samples: list[CropSample],
) -> None:
    x0, y0, x1, y1 = samples[0].text_box
    assert np.array_equal(quad_of(samples[0]), quad_from_box(x0, y0, x1 - x0, y1 - y0))
    corners = np.array([(100, 100), (400, 200), (380, 260), (80, 160)], np.int32)
    sample = CropSample(samples[0].image, polygon_mask(corners, (512, 512)), "TAXI", (80, 100, 401, 261))
    assert np.abs(quad_of(sample) - corners).max() < 3


def result(text: str, *readings: tuple[str, str], wanted: str = "") -> WordResult:
    """`readings` are a run's (reconstruction, edit)."""
    attempts: list[Attempt] = []
    for run, (again, edited) in enumerate(readings):
        attempts.append(Attempt("reconstruction", run, text, again, None, 1.0))
        attempts.append(Attempt("editing", run, wanted or text, edited, None, 3.0))
    return WordResult("name", text, text, tuple(attempts))


def test_a_word_counts_by_the_mean_of_its_runs() -> None:
    results = [result("EXIT", ("EXIT", "exit"), ("EXLT", "exit")), result("Taxi", ("", "Taxi"), ("Taxi", "Taxi"))]
    rows = protocol_figures(results, seed=0)
    assert list(rows) == ["all words", "first 2, one seed"]
    all_words, paper = rows.values()
    assert (all_words["words"], all_words["runs"], paper["runs"]) == (2, 2, 1)
    assert all_words["reconstruction"]["seq_acc"]["value"] == 0.5
    assert all_words["reconstruction"]["ned"]["value"] == pytest.approx((1 + 0.75 + 0 + 1) / 4)
    assert all_words["editing"]["seq_acc"]["value"] == 1.0
    assert all_words["editing"]["seq_acc_with_case"]["value"] == 0.5
    assert paper["reconstruction"]["seq_acc"]["value"] == 0.5 and paper["untouched"]["value"] == 1.0


def test_short_words_have_a_row_of_their_own_and_the_paper_takes_the_first_100() -> None:
    results = [result("EXIT", ("EXIT", ""))] * 100 + [result("Restaurant", ("", ""))] * 50
    rows = protocol_figures(results, seed=0)
    assert {name: row["words"] for name, row in rows.items()} == {
        "all words": 150,
        "words of at most 8 letters": 100,
        "first 100, one seed": 100,
    }
    assert rows["first 100, one seed"]["reconstruction"]["seq_acc"]["value"] == 1.0
    assert rows["all words"]["reconstruction"]["seq_acc"]["low"] < 2 / 3 < 0.75


def test_items_have_every_reading() -> None:
    (item,) = item_figures([result("EXIT", ("EXIT", "TAXl"), ("E", "TAXI"), wanted="TAXI")])
    assert [attempt["reading"] for attempt in item["editing"]] == ["TAXl", "TAXI"]
    assert item["reconstruction"][1] == {"wanted": "EXIT", "reading": "E", "refused": None}


@pytest.mark.parametrize(
    ("wanted", "reading", "right"), [("Exit", "EXIT", True), ("EXIT", "EX IT", True), ("EXIT", "EXIT.", False)]
)
def test_a_word_is_right_in_any_case_and_only_whole(wanted: str, reading: str, right: bool) -> None:
    assert reads_exactly(wanted, reading) is right
