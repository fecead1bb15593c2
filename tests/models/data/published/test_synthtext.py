"""Claims about SynthText, read from the MATLAB file that it is published with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.data.published.dataset import PublishedDataset
from models.data.published.synthtext import SynthText
from models.errors import BadDataError
from tests.models.data.published.layouts import boxes, filled, sign, write_synthtext

EXIT, UP = (40, 30, 200, 90), (40, 110, 100, 170)
EXIT_CHARS = [(40, 30, 80, 90), (80, 30, 120, 90), (120, 30, 160, 90), (160, 30, 200, 90)]
UP_CHARS = [(40, 110, 70, 170), (70, 110, 100, 170)]
NAME = "8/ballet_106_0.jpg"


def row(
    *, name: str = NAME, txt: Any = ("EXIT \n UP",), words: Any = None, chars: Any = None
) -> tuple[str, Any, Any, Any]:
    return (
        name,
        list(txt),
        boxes(EXIT, UP) if words is None else words,
        boxes(*EXIT_CHARS, *UP_CHARS) if chars is None else chars,
    )


def read(root: Path, *rows: tuple[str, Any, Any, Any]) -> PublishedDataset:
    write_synthtext(root, {NAME: sign((300, 200), {"EXIT": EXIT, "UP": UP})}, rows)
    return PublishedDataset(SynthText(root), crop_size_px=300)


def test_words_are_split_at_blanks_and_line_ends_and_each_character_is_its_box(tmp_path: Path) -> None:
    exit_sample, up = read(tmp_path, row())
    assert (exit_sample.text, up.text) == ("EXIT", "UP")
    assert exit_sample.name == f"{NAME}:1"
    below = [(x0, y0 + 50, x1 + 1, y1 + 51) for x0, y0, x1, y1 in EXIT_CHARS]  # the picture is padded by 50 px
    assert exit_sample.char_masks is not None and up.char_masks is not None
    assert np.array_equal(exit_sample.char_masks, np.stack([filled((300, 300), box) for box in below]))
    assert up.char_masks.shape == (2, 300, 300) and exit_sample.text_box == (40, 80, 201, 141)


def test_one_word_alone_has_a_box_of_two_dimensions(tmp_path: Path) -> None:
    (sample,) = read(tmp_path, row(txt=["UP"], words=boxes(UP), chars=boxes(*UP_CHARS)))
    assert sample.text == "UP"
    assert [sample.text for sample in read(tmp_path, row(txt=["EXIT", " UP   "]))] == ["EXIT", "UP"]


def test_what_lies_beyond_the_picture_is_no_characters(tmp_path: Path) -> None:
    beyond = (220, 30, 380, 90)
    chars = [(220, 30, 260, 90), (260, 30, 300, 90), (300, 30, 340, 90), (340, 30, 380, 90)]
    (sample,) = read(tmp_path, row(txt=["EXIT"], words=boxes(beyond), chars=boxes(*chars)))
    assert sample.char_masks is not None and sample.char_masks[1].any() and not sample.char_masks[3].any()
    assert sample.text_box[2] == 300


def test_words_of_small_characters_are_left_out(tmp_path: Path) -> None:
    small = [(x, 40, x + 5, 45) for x in (40, 80, 120, 160)]
    some = read(tmp_path, row(txt=["EXIT"], words=boxes(EXIT), chars=boxes(*small)))
    assert list(some) == [] and some.report.filtered == {"characters too small": 1}


def test_broken_pictures_and_words_are_counted_and_the_others_read(tmp_path: Path) -> None:
    nan = boxes(EXIT, UP)
    nan[:, :, 0] = np.nan
    some = read(
        tmp_path,
        row(),
        row(words=nan),
        row(txt=["EXIT UP MORE"]),
        row(chars=boxes(*EXIT_CHARS)),
        row(words=np.zeros((3, 3))),
        row(name="8/gone.jpg"),
        row(name=""),
    )
    assert [sample.text for sample in some] == ["EXIT", "UP", "UP"]
    assert some.report.malformed == {
        "not a finite box": 1,
        "not as many boxes as words and characters": 2,
        "boxes that aren't (2, 4, words)": 1,
        "no picture": 2,
        "no file's name": 1,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + b"\x00" * 400, "MATLAB 7.3"),
        (b"not MATLAB at all", "can't be read"),
        (b"", "can't be read"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "gt.mat").write_bytes(content)
    with pytest.raises(BadDataError, match=message):
        SynthText(tmp_path)


def test_a_cut_off_file_and_one_without_a_field_are_refused(tmp_path: Path) -> None:
    read(tmp_path, row())
    whole = (tmp_path / "gt.mat").read_bytes()
    (tmp_path / "gt.mat").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadDataError, match=r"can't be read|has no"):
        SynthText(tmp_path)
    (tmp_path / "gt.mat").write_bytes(whole.replace(b"charBB", b"charXX"))
    with pytest.raises(BadDataError, match="no charBB"):
        SynthText(tmp_path)
