import numpy as np
import pytest

from models.errors import ModelsError
from models.reading.matching import TextNotFoundError, match_words
from models.reading.words import Word
from tests.models.reading.pictures import draw_page


def line(text: str, *, x: float = 0, y: float = 0, spans: bool = True) -> Word:
    """A line of 10 px wide characters, 20 px high."""
    width = 10 * len(text)
    quad = np.array([[x, y], [x + width, y], [x + width, y + 20], [x, y + 20]], np.float64)
    edges = [(index / len(text), (index + 1) / len(text)) for index in range(len(text))]
    return Word(quad, text, 0.9, 20, tuple(edges) if spans else ())


def test_the_line_itself_comes_before_a_word_inside_another():
    match = match_words([line("EXIT ONLY"), line("EXIT", y=40)], "EXIT", occurrence=None)
    assert match.word.quad_px[0, 1] == 40
    assert (match.occurrence, match.total) == (1, 2)


def test_a_whole_word_comes_before_a_part_of_a_word():
    match = match_words([line("EXITS"), line("NO EXIT", y=40)], "EXIT", occurrence=None)
    assert (match.word.quad_px[0, 1], match.total) == (40, 1)


@pytest.mark.parametrize(
    ("text", "find", "got"),
    [
        ("station", "stat", "stat"),
        ("NO LITTER", "no litter", "NO LITTER"),
        ("NOLITTER", "NO LITTER", "NOLITTER"),
        ("to Harbour Front", "harbourfront", "Harbour Front"),
    ],
)
def test_case_and_spaces_give_way_last(text, find, got):
    assert match_words([line(text)], find, occurrence=None).word.text == got


def test_the_right_case_comes_first():
    match = match_words([line("exit"), line("EXIT", y=40)], "EXIT", occurrence=None)
    assert (match.word.text, match.total) == ("EXIT", 1)


def test_occurrences_count_in_the_order_of_the_words():
    words = [line("LOUVRE du LOUVRE"), line("du LOUVRE", y=40)]
    places = [match_words(words, "LOUVRE", occurrence=number).word.quad_px[0] for number in (1, 2, 3)]
    assert places[0][1] == places[1][1] == 0 and places[0][0] < places[1][0]
    assert places[2][1] == 40
    with pytest.raises(TextNotFoundError, match="3 times"):
        match_words(words, "LOUVRE", occurrence=4)


@pytest.mark.parametrize("spans", [True, False])
def test_a_part_has_the_place_of_its_characters(spans):
    word = match_words([line("AB CDE FG", spans=spans)], "CDE", occurrence=None).word
    left, right = word.quad_px[0, 0], word.quad_px[1, 0]
    assert 20 < left <= 30 and 58 <= right < 72
    assert word.text == "CDE"
    assert word.char_height_px == 20
    assert len(word.char_spans) == 3
    np.testing.assert_array_equal(word.quad_px[:, 1], [0, 0, 20, 20])


def test_a_part_of_a_slanted_line_is_slanted_as_well():
    quad = np.array([[0, 0], [100, 50], [90, 70], [-10, 20]], np.float64)
    word = match_words([Word(quad, "AB CD", 1.0, 22)], "CD", occurrence=None).word
    direction = (word.quad_px[1] - word.quad_px[0]) / np.linalg.norm(word.quad_px[1] - word.quad_px[0])
    np.testing.assert_allclose(direction, np.array([2, 1]) / 5**0.5)


def test_what_is_there_is_told_when_nothing_matches():
    with pytest.raises(TextNotFoundError, match="nearest: 'Reserver'") as caught:
        match_words([line("Reserver"), line("EXIT")], "Reserved", occurrence=None)
    assert isinstance(caught.value, ModelsError)
    assert caught.value.code == "text_not_found"
    assert caught.value.found == ["Reserver", "EXIT"]


def test_a_found_part_reads_as_itself(reader):
    page = draw_page([("Palais du LOUVRE", (60, 80))], width=520, height=240)
    word = match_words(reader.find(page), "LOUVRE", occurrence=None).word
    left, top = word.quad_px.min(axis=0).astype(int)
    right, bottom = word.quad_px.max(axis=0).astype(int)
    assert reader.read(page[top:bottom, left:right]).text == "LOUVRE"
