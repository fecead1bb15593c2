"""Claims about LAION-OCR: its squashed pictures and its map of characters."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.data.published.dataset import PublishedDataset
from models.data.published.laion_ocr import LaionOcr
from models.nets.label_encoder import LABEL_CHARACTERS
from tests.models.data.published.layouts import corners, filled, sign, write_laion

WORD = (100, 200, 420, 300)
PLACES = [(110, 210, 170, 290), (190, 210, 250, 290), (270, 210, 330, 290), (350, 210, 410, 290)]
LINE = f"NOON {','.join(map(str, corners(WORD)))} 0.98"


def class_of(character: str) -> int:
    return 1 + LABEL_CHARACTERS.index(character)


def classes(text: str, places: list[tuple[int, int, int, int]] = PLACES) -> np.ndarray:
    seen = np.zeros((512, 512), np.int64)
    for character, (left, top, right, bottom) in zip(text, places, strict=True):
        seen[top:bottom, left:right] = class_of(character)
    return seen


def read(root: Path, *, line: str = LINE, seg: Any, size: tuple[int, int] = (800, 400)) -> PublishedDataset:
    write_laion(root, "00001_000000012", sign(size, {}), [line], seg)
    return PublishedDataset(LaionOcr(root, "val"), crop_size_px=512)


def grown(box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    return filled((512, 512), (left - 5, top - 5, right + 5, bottom + 5))


@pytest.mark.parametrize("seen", ["NOON", "noon", "NOOn"])
def test_each_occurrence_has_its_own_piece_from_left_to_right_grown_by_5(tmp_path: Path, seen: str) -> None:
    seg = classes(seen)
    seg[220, 180] = class_of("N")  # a speck
    (sample,) = read(tmp_path, seg=seg)
    assert sample.image.shape == (512, 512, 3) and sample.char_masks is not None
    assert np.array_equal(sample.char_masks, np.stack([grown(box) for box in PLACES]))
    assert sample.text_box == (100, 200, 421, 301) and sample.name == "00001_000000012:1"


def test_of_more_pieces_the_largest_are_taken_and_those_outside_the_word_are_not(tmp_path: Path) -> None:
    apart = [PLACES[0], (190, 210, 230, 290), (290, 210, 330, 290), PLACES[3]]
    seg = classes("NOON", apart)
    seg[255:265, 255:265] = class_of("O")  # a smaller piece
    seg[20:120, 20:120] = class_of("N")  # another word's
    (sample,) = read(tmp_path, seg=seg)
    assert sample.char_masks is not None
    assert np.array_equal(sample.char_masks, np.stack([grown(box) for box in apart]))


def test_a_word_with_fewer_pieces_than_characters_is_left_out(tmp_path: Path) -> None:
    touching = [PLACES[0], (190, 210, 262, 290), (258, 210, 330, 290), PLACES[3]]
    some = read(tmp_path, seg=classes("NOON", touching))
    assert list(some) == [] and some.report.filtered == {"fewer characters seen than the word has": 1}


def test_a_small_word_is_cut_out_of_the_squashed_picture(tmp_path: Path) -> None:
    box = (200, 100, 300, 150)
    places = [(205 + 25 * i, 105, 219 + 25 * i, 145) for i in range(4)]
    line = f"TAXI {','.join(map(str, corners(box)))} 0.9"
    (sample,) = read(tmp_path, line=line, seg=classes("TAXI", places))
    assert sample.mask.mean() == pytest.approx(0.04, rel=0.05) and sample.char_masks is not None
    starts = [int(np.nonzero(mask)[1].min()) for mask in sample.char_masks]
    assert starts == sorted(starts) and all(mask.any() for mask in sample.char_masks)


def test_broken_folders_are_counted_and_the_others_read(tmp_path: Path) -> None:
    picture, seg = sign((512, 512), {}), classes("NOON")
    lines = [
        LINE,
        "NOON 1,2,3 0.9",
        "NOON",
        LINE.replace("420", "4.2"),
        LINE.replace("NOON", "NO ON"),
        LINE.replace("420", "999999999"),
    ]
    write_laion(tmp_path, "1", picture, lines, seg)
    write_laion(tmp_path, "2", b"\xff\xd8 not a picture", [LINE], seg)
    write_laion(tmp_path, "3", picture, [LINE], b"\x93NUMPY broken")
    write_laion(tmp_path, "4", picture, [LINE], np.array([{"a": 1}], object))
    write_laion(tmp_path, "5", picture, [LINE], np.zeros((512, 512, 3)))
    write_laion(tmp_path, "6", picture, [LINE], seg)
    (tmp_path / "val" / "6" / "charseg.npy").unlink()
    write_laion(tmp_path, "7", picture, [LINE], seg)
    (tmp_path / "val" / "7" / "ocr.txt").unlink()
    write_laion(tmp_path, "8", picture, [LINE], seg)
    (tmp_path / "val" / "8" / "ocr.txt").write_bytes(b"\xff\xfe 1,2 0.9")
    some = PublishedDataset(LaionOcr(tmp_path, "val"), crop_size_px=64)
    assert [sample.name for sample in some] == ["1:1"]
    assert some.report.malformed == {
        "not a line `WORD x1,y1,…,x4,y4 confidence`": 4,
        "not a finite box": 1,
        "unreadable picture": 1,
        "unreadable charseg.npy": 2,
        "a charseg.npy that isn't a map of classes": 1,
        "no charseg.npy": 1,
        "no ocr.txt": 1,
        "an ocr.txt that isn't UTF-8": 1,
    }
