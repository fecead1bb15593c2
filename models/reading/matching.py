"""Finds the place that a user names by its text. Knows words and their places, no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from models.errors import ModelsError
from models.reading.spans import spans_by_advance
from models.reading.words import Quad, Word

# Room beside a part of a line, as shares of its height: inside the line, and at its ends as the detector leaves it.
_MARGIN_HEIGHTS = 0.08
_END_MARGIN_HEIGHTS = 0.15


class TextNotFoundError(ModelsError):
    """No place says that; `found` is what the picture says, in reading order."""

    code = "text_not_found"

    def __init__(self, message: str, found: Sequence[str]) -> None:
        super().__init__(message)
        self.found = list(found)


@dataclass(frozen=True)
class Match:
    """The place: number `occurrence` (from 1) of `total` that match equally well."""

    word: Word
    occurrence: int
    total: int


def match_words(words: Sequence[Word], find: str, *, occurrence: int | None) -> Match:
    """The place in `words` (in reading order) that says `find`; the first of several unless `occurrence` says which.

    Tried in this order, and only the first that matches counts: the line or whole words inside it (lines first); a
    part of a word; both again in any case; both again without spaces. Raises TextNotFoundError.
    """
    found = [word.text for word in words]
    for any_case, spaces in ((False, True), (True, True), (False, False), (True, False)):
        for whole in (True, False):
            places = _places(words, find, any_case=any_case, spaces=spaces, whole=whole)
            if not places:
                continue
            index = occurrence or 1
            if index > len(places):
                raise TextNotFoundError(f"{find!r} is there {len(places)} times, number {index} was asked for", found)
            word, start, end = places[index - 1]
            return Match(part_of(word, start, end), index, len(places))
    near = get_close_matches(find, found, n=1)
    hint = f"; nearest: {near[0]!r}" if near else ""
    raise TextNotFoundError(f"no text {find!r} in the picture{hint}", found)


def part_of(word: Word, start: int, end: int) -> Word:
    """Characters `start` to `end` of a line as a word of their own; the whole line is returned as it is."""
    while start < end and word.text[start].isspace():
        start += 1
    while end > start and word.text[end - 1].isspace():
        end -= 1
    if (start, end) == (0, len(word.text)):
        return word
    spans = word.char_spans or spans_by_advance(word.text)
    width_px = float(np.linalg.norm(word.quad_px[[1, 2]] - word.quad_px[[0, 3]], axis=1).mean())
    height = word.char_height_px / width_px  # in widths of the line
    margin, end_margin = _MARGIN_HEIGHTS * height, _END_MARGIN_HEIGHTS * height
    left, right = spans[start][0], spans[end - 1][1]
    # At most half of the gap is this part's.
    left_gap = left - _end_before(word.text, spans, start)
    right_gap = _start_after(word.text, spans, end) - right
    left -= min(end_margin, left) if start == 0 else min(margin, left_gap / 2)
    right += min(end_margin, 1 - right) if end == len(word.text) else min(margin, right_gap / 2)
    inner = tuple(((a - left) / (right - left), (b - left) / (right - left)) for a, b in spans[start:end])
    return Word(_slice(word.quad_px, left, right), word.text[start:end], word.confidence, word.char_height_px, inner)


def _end_before(text: str, spans: Sequence[tuple[float, float]], start: int) -> float:
    """Where the last drawn character before `start` ends."""
    return max((spans[index][1] for index in range(start) if not text[index].isspace()), default=0.0)


def _start_after(text: str, spans: Sequence[tuple[float, float]], end: int) -> float:
    """Where the first drawn character from `end` on begins."""
    return min((spans[index][0] for index in range(end, len(text)) if not text[index].isspace()), default=1.0)


def _slice(quad: Quad, left: float, right: float) -> Quad:
    """The part of a quad between two shares of its width."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return np.array([quad[0] + left * top, quad[0] + right * top, quad[3] + right * bottom, quad[3] + left * bottom])


def _places(
    words: Sequence[Word], find: str, *, any_case: bool, spaces: bool, whole: bool
) -> list[tuple[Word, int, int]]:
    """(line, start, end) of each place, entire lines first, else in the order of `words`."""
    needle, _ = _folded(find.strip(), any_case=any_case, spaces=spaces)
    lines, parts = [], []
    for word in words:
        text, indices = _folded(word.text, any_case=any_case, spaces=spaces)
        at = text.find(needle) if needle else -1
        while at >= 0:
            start, end = indices[at], indices[at + len(needle) - 1] + 1
            if (start, end) == (0, len(word.text)):
                lines.append((word, start, end))
            elif not whole or _is_whole(word.text, start, end):
                parts.append((word, start, end))
            at = text.find(needle, at + len(needle))
    return lines + parts


def _folded(text: str, *, any_case: bool, spaces: bool) -> tuple[str, list[int]]:
    """The text as it is compared, and the index in `text` of each of its characters."""
    indices = [index for index, character in enumerate(text) if spaces or not character.isspace()]
    folded = (text[index].lower() if any_case else text[index] for index in indices)
    return "".join(character[0] for character in folded), indices


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether the part neither begins nor ends inside a word."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return not before and not after
