import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from models.reading.ranking import (
    Candidate,
    char_errors,
    normalised_edit_distance,
    rank,
    style_distance,
    verified,
)

TEXTS = st.text(alphabet="abAB 01", max_size=6)


def strip(text: str, *, ink=(30, 30, 90), ground=(220, 210, 190), blur_px: float = 0, bold_px: int = 0) -> np.ndarray:
    image = Image.new("RGB", (256, 64), ground)
    font = ImageFont.load_default(38)
    ImageDraw.Draw(image).text((16, 8), text, fill=ink, font=font, stroke_width=bold_px)
    return np.array(image.filter(ImageFilter.GaussianBlur(blur_px)))


@pytest.mark.parametrize(
    ("expected", "got", "errors"),
    [("", "", 0), ("EXIT", "", 4), ("EXIT", "EXIT", 0), ("EXIT", "TAXI", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_char_errors_are_the_levenshtein_distance(expected, got, errors):
    assert char_errors(expected, got) == errors


@given(TEXTS, TEXTS, TEXTS)
def test_char_errors_are_a_metric(first, second, third):
    assert char_errors(first, second) == char_errors(second, first)
    assert (char_errors(first, second) == 0) == (first == second)
    assert char_errors(first, third) <= char_errors(first, second) + char_errors(second, third)
    assert 0 <= normalised_edit_distance(first, second) <= 1


@pytest.mark.parametrize("got", ["Cosvwxz", "cOSVWXZ", "COSVWXZ", "C o svwxz"])
def test_letters_that_differ_in_scale_alone_and_spaces_are_equal(got):
    assert verified("Cosvwxz", got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("EXIT", "EXiT"),
        ("ROAD", "R0AD"),
        ("10", "1O"),
        ("Ill", "lll"),
        ("a", "A"),
        ("5", "S"),
        ("u", "v"),
        ("EXIT", ""),
    ],
)
def test_other_characters_are_never_equal(expected, got):
    assert not verified(expected, got)


def test_the_same_lettering_is_nearer_than_any_other():
    source = strip("Reserved")
    same = style_distance(strip("Occupied"), source).total
    others = {
        "colour": strip("Occupied", ink=(150, 30, 30)),
        "ground": strip("Occupied", ground=(160, 210, 190)),
        "weight": strip("Occupied", bold_px=1),
        "blur": strip("Occupied", blur_px=1.5),
        "inverted": strip("Occupied", ink=(220, 210, 190), ground=(30, 30, 90)),
        "nothing": strip(""),
    }
    for name, other in others.items():
        assert style_distance(other, source).total > same + 0.2, name
    assert same < 0.2


def test_style_distance_is_zero_for_the_strip_itself_and_grows_with_the_difference():
    source = strip("Reserved")
    assert style_distance(source, source).total == 0
    totals = [style_distance(strip("Reserved", bold_px=bold), source).stroke_width for bold in (0, 1, 2)]
    assert totals == sorted(totals) and totals[2] > totals[1] > 0


def test_what_lies_outside_of_the_mask_does_not_count():
    source = strip("Reserved")
    mask = np.zeros((64, 256), bool)
    mask[8:56, 8:200] = True
    spoilt = source.copy()
    spoilt[:, 208:] = (255, 0, 0)
    assert style_distance(spoilt, source, candidate_mask=mask, source_mask=mask).total == 0


def test_refuses_masks_that_are_empty_or_of_another_size():
    source = strip("a")
    for mask in (np.zeros((64, 256), bool), np.ones((64, 128), bool)):
        with pytest.raises(ValueError, match="mask"):
            style_distance(source, source, candidate_mask=mask)


def test_spelling_comes_before_errors_before_looks():
    best = Candidate(verified=True, char_errors=0, min_char_confidence=0.9, style_distance=0.1)
    plainer = Candidate(verified=True, char_errors=0, min_char_confidence=0.9, style_distance=2.0)
    one_wrong = Candidate(verified=False, char_errors=1, min_char_confidence=1.0, style_distance=0.0)
    two_wrong = Candidate(verified=False, char_errors=2, min_char_confidence=1.0, style_distance=0.0)
    candidates = [best, plainer, one_wrong, two_wrong]
    for order in itertools.permutations(range(4)):
        ranked = rank([candidates[index] for index in order])
        assert [order[index] for index in ranked] == [0, 1, 2, 3]


def test_ties_keep_their_order():
    candidate = Candidate(verified=True, char_errors=0, min_char_confidence=0.9, style_distance=0.1)
    assert rank([candidate] * 4) == [0, 1, 2, 3]
    assert rank([]) == []
