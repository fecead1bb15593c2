"""Claims about places that were marked loosely: the line in them is found, and its neighbours stay as they are."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.data.glyphs import NEUTRAL_FONT
from models.pipeline import EditOptions, EditTarget, TextEditor
from models.pipeline.snapping import snapped
from models.reading.words import WordReader
from models.regions.quad import grow_quad, quad_from_box, quad_mask

LINES = ("CENTRAL", "STATION", "NORTH EXIT")
LEFT, TOP, STEP, SIZE = 120, 60, 70, 48


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.load()


def sign(lines: tuple[str, ...] = LINES) -> np.ndarray:
    """Lines of white type on blue, one below another."""
    image = Image.new("RGB", (560, 320), (20, 60, 140))
    font = ImageFont.truetype(str(NEUTRAL_FONT), SIZE)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((LEFT, TOP + number * STEP), line, fill=(240, 240, 240), font=font)
    return np.asarray(image)


def ink_box(text: str, number: int) -> tuple[float, float, float, float]:
    """x, y, w, h of a line's letters."""
    x0, y0, x1, y1 = ImageFont.truetype(str(NEUTRAL_FONT), SIZE).getbbox(text)
    return LEFT + x0, TOP + number * STEP + y0, x1 - x0, y1 - y0


def marked(text: str, number: int, *, around: float, old_text: str | None = None) -> EditTarget:
    """The line's letters with so much around them, as a share of their height."""
    x, y, w, h = ink_box(text, number)
    quad = grow_quad(quad_from_box(x, y, w, h), around * h)
    return EditTarget(quad, quad_mask(grow_quad(quad, 0.12 * h), (320, 560)), old_text=old_text)


@pytest.mark.parametrize("around", [0.4, 0.6])
def test_a_loose_box_becomes_that_of_the_line_in_it(reader: WordReader, around: float) -> None:
    image, loose = sign(), marked("STATION", 1, around=around)
    tight = snapped(image, loose, "MUSEUM", reader)
    x, y, w, h = ink_box("STATION", 1)
    assert np.abs(tight.quad_px - quad_from_box(x, y, w, h)).max() < 0.25 * h
    assert tight.mask.sum() < loose.mask.sum() and not (tight.mask & ~loose.mask).any()
    assert not tight.mask[: TOP + SIZE].any()  # the line above


def test_a_longer_text_has_the_room_that_was_marked_and_no_more(reader: WordReader) -> None:
    loose = marked("STATION", 1, around=0.5)
    widths = [np.ptp(snapped(sign(), loose, text, reader).quad_px[:, 0]) for text in ("MUSEUM", "MUSEUM OF MODERN ART")]
    assert widths[0] < 0.9 * np.ptp(loose.quad_px[:, 0]) < widths[1] <= np.ptp(loose.quad_px[:, 0]) + 1


@pytest.mark.parametrize(
    "place",
    [
        marked("STATION", 1, around=0.1),
        marked("STATION", 1, around=0.5, old_text="STATION"),
        marked("STATION", 1, around=1.6),
        marked("NO", 2, around=0.5),
    ],
    ids=["it fits", "the old text is given", "three lines are marked", "a part of a line is marked"],
)
def test_a_place_stays_as_it_is_where(reader: WordReader, place: EditTarget) -> None:
    assert snapped(sign(), place, "MUSEUM", reader) is place


def test_where_nothing_stands_the_place_is_the_one_marked(reader: WordReader) -> None:
    place = marked("STATION", 1, around=0.5)
    assert snapped(sign(("CENTRAL",)), place, "MUSEUM", reader) is place


@pytest.mark.parametrize("feather_px", [None, 4.0])
def test_neighbours_of_a_loosely_marked_word_stay(feather_px: float | None) -> None:
    editor, image = TextEditor.load(), sign()
    place = marked("STATION", 1, around=0.5)
    options = EditOptions(seed=1, num_candidates=1, feather_px=feather_px, sampler=editor.model.sampler)
    result = editor.edit(image, place, "MUSEUM", options)
    assert result.best.verified and result.changed_outside_mask_px == 0
    _, y, _, h = ink_box("STATION", 1)
    rows = np.flatnonzero((result.image != image).any(axis=(1, 2)))
    if feather_px is None:
        assert y - 0.3 * h < rows[0] and rows[-1] < y + 1.3 * h
    top = round(y - 0.5 * h)
    letters = top + np.flatnonzero((result.image[:, :, 0] > 130)[top : round(y + 1.5 * h)].any(axis=1))
    assert abs(letters[0] - y) < 0.15 * h and abs(letters[-1] - y - h) < 0.15 * h  # as high as the old word


def test_what_is_asked_of_the_whole_mask_keeps_the_whole_mask() -> None:
    image, place = sign(), marked("STATION", 1, around=0.5)
    editor = TextEditor.load()
    options = EditOptions(seed=1, num_candidates=1, verify=False, fallback="none", sampler=editor.model.sampler)
    whole = editor.edit(image, place, "MUSEUM", replace(options, feather_px=2.0))
    near = editor.edit(image, place, "MUSEUM", options)
    assert (whole.mask == place.mask).all() and near.mask.sum() < whole.mask.sum()
