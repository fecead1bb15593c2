"""Claims about TextSeg: whose pixels are whose, and what its annotations may lack."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.data.published.dataset import PublishedDataset
from models.data.published.textseg import TextSeg
from tests.models.data.published.layouts import filled, sign, textseg_entry, write_textseg

WORD = (40, 60, 240, 140)
PLACES = [(50, 70, 80, 130), (100, 70, 130, 130), (150, 70, 180, 130), (200, 70, 230, 130)]


def mask_picture(values: list[Any], *, size: tuple[int, int] = (300, 300)) -> np.ndarray:
    mask = np.zeros((*size, 3), np.uint8)
    for (left, top, right, bottom), value in zip(PLACES, values, strict=True):
        mask[top:bottom, left:right] = value
    return mask


def read(root: Path, entries: Any, mask: np.ndarray) -> PublishedDataset:
    write_textseg(root, "a01", sign((300, 300), {"NOON": WORD}), entries, mask)
    return PublishedDataset(TextSeg(root, "val"), crop_size_px=300)


@pytest.mark.parametrize("values", [[10, 20, 30, 40], [[1, 0, 0], [2, 0, 0], [3, 0, 9], [3, 1, 0]]])
def test_equal_letters_share_their_pixels_grown_by_7(tmp_path: Path, values: list[Any]) -> None:
    mask = mask_picture(values)
    mask[10, 10] = mask[20, 200:203] = values[0]  # specks
    (sample,) = read(tmp_path, {"1": textseg_entry("NOON", WORD, values)}, mask)
    n, o = ([(x0 - 7, y0 - 7, x1 + 7, y1 + 7) for x0, y0, x1, y1 in places] for places in (PLACES[::3], PLACES[1:3]))
    expected = [filled((300, 300), *boxes) for boxes in (n, o, o, n)]
    assert sample.char_masks is not None and np.array_equal(sample.char_masks, np.stack(expected))
    assert np.array_equal(sample.mask, filled((300, 300), (40, 60, 241, 141)))


def test_characters_follow_the_crop(tmp_path: Path) -> None:
    big = np.zeros((900, 1200, 3), np.uint8)
    big[:300, :300] = mask_picture([1, 2, 3, 4])
    write_textseg(
        tmp_path,
        "a02",
        sign((1200, 900), {"NOON": WORD}),
        {"1": textseg_entry("NOUN", WORD, [1, 2, 3, 4])},
        big,
    )
    (sample,) = PublishedDataset(TextSeg(tmp_path, "val"), crop_size_px=128)
    assert sample.char_masks is not None and sample.char_masks.shape == (4, 128, 128)
    assert sample.mask.mean() == pytest.approx(0.04, rel=0.1)
    centres = [float(np.nonzero(mask)[1].mean()) for mask in sample.char_masks[[1, 2]]]
    assert sample.text_box[0] < centres[0] < centres[1] < sample.text_box[2]


def test_words_nobody_could_read_or_that_are_not_their_characters_are_left_out(tmp_path: Path) -> None:
    entries = {
        "1": textseg_entry("NO#N", WORD, [1, 2, 3, 4]),
        "2": textseg_entry("NOON", WORD, [1, 2, 3, 4]) | {"text": "NOO"},
        "3": textseg_entry("NOON", WORD, [1, 2, 3, 4]),
    }
    some = read(tmp_path, entries, mask_picture([1, 2, 3, 4]))
    assert [sample.name for sample in some] == ["a01:3"]
    assert some.report.filtered == {
        "a character that nobody could read (#)": 1,
        "characters that don't make up the word": 1,
    }


def test_broken_entries_are_counted_and_the_others_read(tmp_path: Path) -> None:
    good = textseg_entry("NOON", WORD, [1, 2, 3, 4])
    entries = {
        "1": good,
        "2": good | {"bbox": [float("nan")] * 8},
        "3": good | {"bbox": [1, 2, 3]},
        "4": {"text": "NOON"},
        "5": good | {"text": 7},
        "6": good | {"char": {"0": {"text": "N", "mask_value": 300}}},
        "7": "NOON",
        "8": good | {"bbox": [1e30] * 8},
        "9": good | {"char": ["N"]},
    }
    some = read(tmp_path, entries, mask_picture([1, 2, 3, 4]))
    write_textseg(tmp_path, "b1", sign((300, 300), {}), {"1": good}, np.zeros((200, 300, 3), np.uint8))
    write_textseg(tmp_path, "b2", sign((300, 300), {}), {"1": good}, mask_picture([1, 2, 3, 4]))
    (tmp_path / "val" / "annotation" / "b2_mask.png").write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    write_textseg(tmp_path, "b3", sign((300, 300), {}), [1], mask_picture([1, 2, 3, 4]))
    write_textseg(tmp_path, "b4", sign((300, 300), {}), {}, mask_picture([1, 2, 3, 4]))
    (tmp_path / "val" / "annotation" / "b4_anno.json").write_text(json.dumps(entries)[:-5])
    some = PublishedDataset(TextSeg(tmp_path, "val"), crop_size_px=64)
    assert [sample.name for sample in some] == ["a01:1"]
    assert some.report.malformed == {
        "not a finite box": 2,
        "an entry without text, bbox of 8 numbers, and characters with text and mask_value": 5,
        "a text that isn't a string": 1,
        "json that isn't words by their ids": 1,
        "broken json": 1,
        "a mask of another size than its picture": 1,
        "unreadable picture": 1,
    }
