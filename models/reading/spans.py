"""Where each character of a line begins and ends: the recogniser's time steps, moved to the gaps in the ink."""

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from models.reading.recognition import Image, Reading, to_line

Span = tuple[float, float]
Profile = npt.NDArray[np.float64]

_EMPTY = 0.04  # a column with less ink than this is a gap: noise, not a stroke
_LAG_PX = 2  # of 48: the recogniser's time steps come this much after the middle of the characters, give or take 3
_REACH_PX = 6  # of 48: so far from where it is expected a gap costs as much as a cut through the lightest stroke
_WORD_GAP_PX = 8  # of 48: what lies beyond a wider gap at the ends of a line (an arrow, a frame) wasn't read
_NARROW = frozenset("ijl!.,:;'`|I1()[]{}rtf ")
_WIDE = frozenset("mwMW@%")


def char_spans(crop: Image, reading: Reading) -> tuple[Span, ...]:
    """`crop` (h, w, 3) and its reading → start and end of each character as shares of the crop's width.

    Spans don't overlap and rise from left to right, those of drawn characters are never empty. A space has the whole
    gap between its neighbours.
    """
    if not reading.text:
        return ()
    profile = ink_profile(to_line(crop))
    width = len(profile)
    inked = np.flatnonzero(profile > _EMPTY)
    if len(inked) == 0:
        return spans_by_advance(reading.text)
    centres = [centre * width - _LAG_PX for centre in reading.char_centres]
    drawn = [index for index, character in enumerate(reading.text) if not character.isspace()]
    starts, ends = [0.0] * len(reading.text), [1.0] * len(reading.text)
    first, last = (int(inked[np.abs(inked - centres[index]).argmin()]) for index in (drawn[0], drawn[-1]))
    starts[drawn[0]] = 1 - _ink_end(profile[::-1], width - 1 - first) / width
    ends[drawn[-1]] = _ink_end(profile, last) / width
    cut = int(starts[drawn[0]] * width)
    for before, after in pairwise(drawn):
        share = _advance(reading.text[before]) / (_advance(reading.text[before]) + _advance(reading.text[after]))
        expected = centres[before] + share * (centres[after] - centres[before])
        left, right = _gap(profile, cut + 1, expected, widest=after - before > 1)
        cut = right
        ends[before], starts[after] = left / width, right / width
        for blank in range(before + 1, after):
            blank_width = (right - left) / width / (after - before - 1)
            starts[blank] = left / width + blank_width * (blank - before - 1)
            ends[blank] = starts[blank] + blank_width
    if any(ends[index] <= starts[index] for index in drawn):  # a misreading: more characters than there is ink for
        return spans_by_advance(reading.text)
    return tuple(zip(starts, ends, strict=True))


def spans_by_advance(text: str) -> tuple[Span, ...]:
    """Spans from typical glyph widths alone, for a line whose picture isn't known."""
    advances = [_advance(character) for character in text]
    edges = np.concatenate([[0.0], np.cumsum(advances)]) / max(sum(advances), 1e-9)
    return tuple((float(start), float(end)) for start, end in pairwise(edges))


def ink_profile(line: Image) -> Profile:
    """`line` (48, w, 3) → the share of ink in each column (w,), whether the text is dark or bright."""
    grey = cv2.cvtColor(line, cv2.COLOR_RGB2GRAY)
    _, bright = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    border = np.concatenate([bright[:2].ravel(), bright[-2:].ravel()])
    ink = bright if border.mean() < 0.5 else 1 - bright  # the ground is what the border is made of
    height = len(ink)
    inner = ink[height // 10 : height - height // 10]  # neighbouring lines reach into the border
    return np.asarray(inner.mean(axis=0), np.float64)


def _ink_end(profile: Profile, column: int) -> int:
    """Where the ink from `column` to the right ends: before a gap of more than `_WORD_GAP_PX`, or at the last ink."""
    inked = np.flatnonzero(profile[column:] > _EMPTY)
    gaps = np.flatnonzero(np.diff(inked) > _WORD_GAP_PX)
    return column + int(inked[gaps[0]] if len(gaps) else inked[-1]) + 1


def _gap(profile: Profile, first: int, expected: float, *, widest: bool) -> tuple[int, int]:
    """Where one character ends and the next begins, from column `first` on and near the column `expected`.

    `widest` looks for the space between them: the longest empty run that isn't far. Else the empty run, or the
    column with the least ink, that is nearest.
    """
    first = min(first, len(profile) - 1)
    columns = np.arange(first, len(profile))
    offsets = (columns - expected) / _REACH_PX
    empty = profile[first:] <= _EMPTY
    padded = np.concatenate([[0], empty.astype(int), [0]])
    starts, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    if widest and len(starts):
        far = np.abs((starts + ends) / 2 + first - expected) > 3 * _REACH_PX
        best = int(np.argmax(np.where(far, -1, ends - starts)))
        if not far[best]:
            return first + int(starts[best]), first + int(ends[best])
    cut = int(np.argmin(offsets**2 + np.where(empty, 0, 1 + 4 * profile[first:])))
    for start, end in zip(starts, ends, strict=True):
        if start <= cut < end:
            return first + int(start), first + int(end)
    return first + cut, first + cut


def _advance(character: str) -> float:
    """A character's usual width, in widths of an n."""
    return 0.55 if character in _NARROW else 1.5 if character in _WIDE else 1.0
