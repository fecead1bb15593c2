"""Which of a picture's lines of text is to say what. Knows words and their places, no pixels."""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from models.errors import NoPlaceError
from models.reading.words import Word

_BASE_LIKENESS = 0.2  # what a line counts that has no letter of the text: size decides among such
_SURE_CONFIDENCE = 0.5
_LINE_ASPECT = 0.6  # width over height of one character, about


def lines_for(texts: Sequence[str], lines: Sequence[Word]) -> list[Word]:
    """For each text the line that fits it best of those that are left: large, of its length, and meant to say it.

    Raises NoPlaceError where there are fewer lines than texts.
    """
    if len(lines) < len(texts):
        seen = ", ".join(repr(line.text) for line in lines) or "none"
        raise NoPlaceError(f"the picture has {len(lines)} lines of text for {len(texts)} texts; it has {seen}")
    fits = {(i, k): _fit(text, line) for i, text in enumerate(texts) for k, line in enumerate(lines)}
    chosen: dict[int, int] = {}
    for (i, k), _ in sorted(fits.items(), key=lambda entry: -entry[1]):
        if i not in chosen and k not in chosen.values():
            chosen[i] = k
    return [lines[chosen[i]] for i in range(len(texts))]


def sure_text(line: Word) -> str | None:
    """What the line says, if that can be relied on: faces are found by it."""
    return line.text if line.confidence >= _SURE_CONFIDENCE else None


def _fit(text: str, line: Word) -> float:
    """Size in pixels², times how like the text it reads, times how well the text's length suits it."""
    sides = np.linalg.norm(np.roll(line.quad_px, -1, axis=0) - line.quad_px, axis=1)  # top, right, bottom, left
    width_px, height_px = float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2
    likeness = SequenceMatcher(None, text.casefold(), line.text.casefold()).ratio()
    stretch = width_px / max(height_px, 1.0) / (_LINE_ASPECT * len(text))
    return width_px * height_px * (_BASE_LIKENESS + likeness) * min(stretch, 1 / max(stretch, 1e-6))
