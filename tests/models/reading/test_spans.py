import numpy as np
import pytest
from PIL import ImageFont

from models.reading.recognition import Reading
from models.reading.spans import char_spans, ink_profile, spans_by_advance
from tests.models.reading.pictures import draw_line


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("text", ["EXIT ONLY", "Palais du LOUVRE"])
def test_spans_lie_on_the_glyphs_dark_or_bright(reader, text, inverted):
    crop = draw_line(text)
    crop = 255 - crop if inverted else crop
    reading = reader.read(crop)
    assert reading.text == text
    font = ImageFont.load_default(40)
    left = font.getbbox(text)[0]
    for index, (start, end) in enumerate(char_spans(crop, reading)):
        if text[index] != " ":
            assert start * crop.shape[1] == pytest.approx(font.getlength(text[:index]) - left + 6, abs=9)
            assert end * crop.shape[1] == pytest.approx(font.getlength(text[: index + 1]) - left + 6, abs=9)


def test_spans_rise_and_do_not_overlap(reader):
    crop = draw_line("Illinois Ave 12")
    spans = char_spans(crop, reader.read(crop))
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert edges[0] >= 0 and edges[-1] <= 1


@pytest.mark.parametrize("seed", range(30))
def test_no_span_is_empty_however_the_picture_was_misread(seed):
    rng = np.random.default_rng(seed)
    crop = np.repeat(rng.choice([20, 230], (1, int(rng.integers(5, 60)), 1)).astype(np.uint8), 48, axis=0)
    text = "".join(rng.choice(list("ab W"), int(rng.integers(1, 12)))).strip() or "a"
    centres = tuple(np.sort(rng.uniform(0, 1, len(text))).tolist())
    reading = Reading(text, 1.0, (1.0,) * len(text), centres)
    spans = char_spans(np.repeat(crop, 3, axis=2), reading)
    assert len(spans) == len(text)
    assert all(start < end for (start, end), character in zip(spans, text, strict=True) if character != " ")
    edges = [edge for span in spans for edge in span]
    assert np.all(np.diff(edges) >= -1e-9)
    assert edges[0] >= -1e-9 and edges[-1] <= 1 + 1e-9


def test_a_mark_beyond_the_last_letter_is_not_part_of_it(reader):
    crop = draw_line("EXIT")
    width = crop.shape[1]
    plain = np.hstack([crop, np.full((crop.shape[0], 90, 3), crop[0, 0])])
    marked = plain.copy()
    marked[20:24, width + 50 : width + 80] = 0
    spans = char_spans(marked, reader.read(plain))
    assert spans[-1][1] * marked.shape[1] < width + 5


def test_ink_is_what_the_border_is_not():
    line = np.full((48, 40, 3), 230, np.uint8)
    line[10:38, 10:14] = 20
    profile = ink_profile(line)
    assert np.flatnonzero(profile).tolist() == [10, 11, 12, 13]
    np.testing.assert_array_equal(profile, ink_profile(255 - line))


def test_advances_share_the_width_by_the_usual_width_of_the_letters():
    (narrow_start, narrow_end), (wide_start, wide_end) = spans_by_advance("iW")
    assert (narrow_start, wide_end) == (0, pytest.approx(1))
    assert wide_end - wide_start > 2 * (narrow_end - narrow_start)
