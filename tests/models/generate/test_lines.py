"""Claims about which line of a made picture is to say what."""

import numpy as np
import pytest

from models.errors import NoPlaceError
from models.generate.lines import lines_for, sure_text
from models.reading.words import Word


def line(text: str, width_px: float, height_px: float, *, confidence: float = 0.9) -> Word:
    corners = np.array([(0, 0), (width_px, 0), (width_px, height_px), (0, height_px)])
    return Word(corners, text, confidence, height_px)


def test_the_large_line_is_taken_unless_a_smaller_one_is_meant() -> None:
    large, small = line("MNXU", 400, 100), line("tho", 90, 30)
    assert lines_for(["OPEN"], [small, large]) == [large]
    meant = line("CAFF", 300, 80)
    assert lines_for(["CAFE"], [large, meant, small]) == [meant]


def test_a_line_of_another_length_suits_less() -> None:
    long, short = line("lllllllllllllll", 900, 40), line("ooo", 260, 90)
    assert lines_for(["BAR"], [long, short]) == [short]


def test_each_text_has_a_line_of_its_own() -> None:
    first, second = line("GOD MORNNG", 500, 80), line("COFFE", 300, 90)
    assert lines_for(["COFFEE", "GOOD MORNING"], [first, second]) == [second, first]
    assert lines_for(["A", "A"], [first, second]) != [first, first]


@pytest.mark.parametrize(("lines", "seen"), [([], "it has none"), ([line("Yes", 90, 30)], "it has 'Yes'")])
def test_too_few_lines_are_refused(lines: list[Word], seen: str) -> None:
    with pytest.raises(NoPlaceError, match=f"{len(lines)} lines of text for 2 texts; {seen}"):
        lines_for(["OPEN", "DAILY"], lines)


def test_what_is_read_with_doubt_tells_nothing_of_the_face() -> None:
    assert sure_text(line("OPEN", 90, 30)) == "OPEN" and sure_text(line("OQFW", 90, 30, confidence=0.3)) is None
