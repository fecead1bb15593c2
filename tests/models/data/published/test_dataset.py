"""Claims about every published data set: its rules, its crop, and that nothing broken stops it."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from models.data.published.dataset import PublishedDataset
from models.data.published.icdar13 import Icdar13
from models.data.published.opening import DatasetName, open_dataset
from models.data.published.source import SkippedError
from models.errors import BadDataError
from tests.models.data.published.layouts import filled, icdar_line, sign, write_icdar13

EXIT, TAXI = (40, 30, 200, 90), (20, 120, 100, 170)


def dataset(root: Path, *lines: str, size: tuple[int, int] = (300, 200), crop_size_px: int = 300) -> PublishedDataset:
    write_icdar13(root, {"img_1": sign(size, {"EXIT": EXIT, "TAXI": TAXI})}, {"img_1": lines})
    return PublishedDataset(Icdar13(root, "val"), crop_size_px=crop_size_px)


def test_a_picture_is_padded_to_a_square_by_its_border_where_the_word_is_large(tmp_path: Path) -> None:
    (sample,) = dataset(tmp_path, icdar_line("EXIT", EXIT))
    assert sample.image.shape == (300, 300, 3) and sample.text == "EXIT" and sample.char_masks is None
    assert sample.name == "img_1:1" and sample.text_box == (40, 80, 200, 140)  # 50 px above the picture
    assert np.array_equal(sample.mask, filled((300, 300), (40, 80, 200, 140)))
    assert (sample.image[:50] == sample.image[50]).all() and (sample.image[250:] == sample.image[249]).all()


def test_of_a_small_word_the_crop_is_a_square_of_which_it_covers_4_percent(tmp_path: Path) -> None:
    (sample,) = dataset(tmp_path, icdar_line("TAXI", TAXI), size=(900, 700), crop_size_px=256)
    assert sample.mask.mean() == pytest.approx(0.04, rel=0.07)
    x0, y0, x1, y1 = sample.text_box
    assert sample.mask[y0:y1, x0:x1].all() and sample.mask.sum() == (x1 - x0) * (y1 - y0)
    assert sample.image[sample.mask].min() < 60  # the letters are there


def test_each_rule_is_counted_by_itself(tmp_path: Path) -> None:
    some = dataset(
        tmp_path,
        icdar_line("EXIT", EXIT),
        icdar_line("Thirteen.char", EXIT),
        icdar_line("", EXIT),
        icdar_line("CAFÉ", EXIT),
        icdar_line("TWO WORDS", EXIT),
        icdar_line("TINY", (10, 10, 60, 60)),
    )
    report = some.report
    assert (report.words, report.usable, len(some), len(list(some))) == (6, 1, 1, 1)
    assert report.filtered == {
        "not 1 to 12 characters": 2,
        "characters that aren't printable ASCII": 2,
        "smaller than 2621 px²": 1,
    }
    assert not report.malformed and report.lines()[0] == "ICDAR13: 6 words in 1 pictures, 1 of them usable"


def test_what_is_broken_is_counted_with_its_first_names_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = {
        "img_1": [icdar_line("EXIT", EXIT), "40 30 200 90 EXIT", 'a, b, c, d, "EXIT"', '40, 30, 200, "EXIT"'],
        "img_2": [icdar_line("GONE", EXIT), icdar_line("LOST", EXIT)],
        "img_3": [icdar_line("CUT", EXIT)],
        "img_4": ["40 30 200 90 EXIT", icdar_line("FLAT", (40, 30, 40, 90)), icdar_line("FAR", (900, 900, 999, 999))],
    }
    picture = sign((300, 200), {"EXIT": EXIT})
    root = write_icdar13(tmp_path, {name: picture for name in ("img_1", "img_3", "img_4")}, lines)
    cut = root / "val" / "images" / "img_3.jpg"
    cut.write_bytes(cut.read_bytes()[:900])
    (root / "val" / "annos" / "gt_img_5.txt").write_bytes(b'1, 2, 3, 4, "\xff\xfe"')
    some = PublishedDataset(Icdar13(root, "val"), crop_size_px=64)
    assert [sample.name for sample in some] == ["img_1:1"]
    no_line = 'not a line `left, top, right, bottom, "WORD"`'
    assert some.report.malformed == {
        no_line: 4,
        "an empty box": 1,
        "annotations that aren't UTF-8": 1,
        "no picture": 2,
        "unreadable picture": 1,
        "a box outside the picture": 1,
    }
    assert some.report.examples[no_line] == ("img_1:2", "img_1:3", "img_1:4")
    assert some.report.usable == 1 and any("img_1:4, …" in line for line in some.report.lines())
    list(some)
    assert some.report.words == 11 and some.report.malformed["no picture"] == 2  # a second time counts nothing anew


def test_a_word_asked_for_by_number_is_the_same_as_in_order_or_refused_with_its_reason(tmp_path: Path) -> None:
    some = dataset(
        tmp_path, icdar_line("EXIT", EXIT), icdar_line("FAR", (900, 900, 999, 999)), icdar_line("TAXI", TAXI)
    )
    in_order = list(some)
    assert [sample.text for sample in in_order] == ["EXIT", "TAXI"]
    assert np.array_equal(some[2].image, in_order[1].image)
    with pytest.raises(SkippedError, match="outside the picture"):
        some[1]


def test_a_shuffle_is_a_matter_of_its_seed(tmp_path: Path) -> None:
    some = dataset(tmp_path, *(icdar_line(f"W{number}", EXIT) for number in range(20)))
    orders = [[sample.text for sample in some.shuffled(seed)] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2] and sorted(orders[0]) == sorted(orders[2])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("icdar13", "val/annos, val/images"),
        ("textseg", "val/image, val/annotation"),
        ("synthtext", "gt.mat"),
        ("laion-ocr", "val"),
    ],
)
def test_a_folder_that_is_missing_or_laid_out_otherwise_is_refused_with_what_was_looked_for(
    tmp_path: Path, name: DatasetName, wanted: str
) -> None:
    with pytest.raises(BadDataError, match=f"no folder .*nowhere.*{wanted}"):
        open_dataset(name, tmp_path / "nowhere", split="val")
    (tmp_path / "photos").mkdir()
    with pytest.raises(BadDataError, match=f"isn't laid out as.*no {wanted} in it .there is: photos"):
        open_dataset(name, tmp_path, split="val")


@pytest.mark.parametrize(
    ("name", "folders", "looked_for"),
    [
        ("icdar13", ("val/annos", "val/images"), r"annos/\*.txt"),
        ("textseg", ("val/image", "val/annotation"), r"annotation/\*_anno.json"),
        ("laion-ocr", ("val",), "folder a picture"),
        ("laion-ocr", ("val/00001",), "no ocr.txt in any"),
    ],
)
def test_an_empty_data_set_is_refused(
    tmp_path: Path, name: DatasetName, folders: tuple[str, ...], looked_for: str
) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(BadDataError, match=looked_for):
        open_dataset(name, tmp_path, split="val")


def test_a_data_set_can_be_handed_to_another_process(tmp_path: Path) -> None:
    some = dataset(tmp_path, icdar_line("EXIT", EXIT), icdar_line("TAXI", TAXI))
    assert np.array_equal(pickle.loads(pickle.dumps(some))[1].image, some[1].image)
