"""Compares what was drawn with what was wanted, and orders candidates. Knows strips and texts, no networks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Strip = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Colours = npt.NDArray[np.float32]

# Letters whose capital is the small letter drawn larger. Never O and 0.
_SAME_SHAPE = str.maketrans("COSVWXZ", "cosvwxz")
_STYLE_WEIGHT = 0.5  # a style distance of 1 counts as much as half of the confidence
_MAX_STYLE_DISTANCE = 4.0


@dataclass(frozen=True)
class Candidate:
    """What the order depends on. `style_distance` is `StyleDistance.total`."""

    verified: bool
    char_errors: int
    min_char_confidence: float
    style_distance: float
    face_order: int = 0  # 0: set in the face most like the old word's


@dataclass(frozen=True)
class StyleDistance:
    """How far two pieces of lettering are apart; every part is 0 for the same lettering."""

    stroke_colour: float  # ΔE76 in Lab
    background_colour: float  # ΔE76 in Lab
    stroke_width: float  # |log2| of the ratio
    sharpness: float  # |log2| of the ratio

    @property
    def total(self) -> float:
        """One number, 0 to 4. A ΔE of 25, or twice the stroke width, or a quarter of the sharpness each add 1."""
        total = (self.stroke_colour + self.background_colour) / 25 + self.stroke_width + self.sharpness / 2
        return min(total, _MAX_STYLE_DISTANCE)


def char_errors(expected: str, got: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions of single characters."""
    previous = list(range(len(got) + 1))
    for row, wanted in enumerate(expected, start=1):
        current = [row]
        for column, character in enumerate(got, start=1):
            substituted = previous[column - 1] + (wanted != character)
            current.append(min(previous[column] + 1, current[-1] + 1, substituted))
        previous = current
    return previous[-1]


def normalised_edit_distance(expected: str, got: str) -> float:
    """`char_errors` over the longer length: 0 equal, 1 nothing in common."""
    longest = max(len(expected), len(got))
    return char_errors(expected, got) / longest if longest else 0.0


def comparable(text: str) -> str:
    """The text as a reader can tell it: see `verified`."""
    return re.sub(r"\s+", "", text).translate(_SAME_SHAPE)


def verified(expected: str, got: str) -> bool:
    """Whether the reading `got` is the text `expected`.

    Exact and case-sensitive, but for two things no reader can know. Letters whose capital has the shape of the small
    letter (c o s v w x z) count as equal to their own capital, as a strip doesn't show its scale; O and 0 stay
    different. Spaces are ignored: CTC readers drop them.
    """
    return comparable(expected) == comparable(got)


def score(candidate: Candidate) -> float:
    """Higher is better, among candidates that spell equally well."""
    return candidate.min_char_confidence - _STYLE_WEIGHT * candidate.style_distance


def rank(candidates: Sequence[Candidate]) -> list[int]:
    """Indices from best to worst: verified first, then fewer wrong characters, the closer face, `score`, the index."""
    order = [(not c.verified, c.char_errors, c.face_order, -score(c), index) for index, c in enumerate(candidates)]
    return [index for *_, index in sorted(order)]


def style_distance(
    candidate: Strip, source: Strip, *, candidate_mask: Mask | None = None, source_mask: Mask | None = None
) -> StyleDistance:
    """Distance between the lettering of two strips (h, w, 3) uint8 RGB of the same scale; widths may differ.

    A mask (h, w) says where the text is; the whole strip without one. Raises ValueError for a mask that is empty or
    of another size.
    """
    source_style = _measure(*_text_box(source, source_mask))
    box, inside = _text_box(candidate, candidate_mask)
    distances = []
    # The split doesn't know which part is stroke; the source's is settled by the border, the candidate's by the source.
    for swapped in (False, True):
        style = _measure(box, inside, swapped=swapped)
        distances.append(
            StyleDistance(
                stroke_colour=float(np.linalg.norm(style.stroke_colour - source_style.stroke_colour)),
                background_colour=float(np.linalg.norm(style.background_colour - source_style.background_colour)),
                stroke_width=abs(float(np.log2(style.stroke_width_px / source_style.stroke_width_px))),
                sharpness=abs(float(np.log2(style.sharpness / source_style.sharpness))),
            )
        )
    return min(distances, key=lambda distance: distance.stroke_colour + distance.background_colour)


@dataclass(frozen=True)
class _Style:
    stroke_colour: Colours  # (3,) Lab
    background_colour: Colours  # (3,) Lab
    stroke_width_px: float
    sharpness: float  # steepest step at the edges, a share of the contrast per pixel


def _text_box(strip: Strip, mask: Mask | None) -> tuple[Strip, Mask]:
    """The bounding box of the mask: pixels and mask."""
    if mask is None:
        return strip, np.ones(strip.shape[:2], bool)
    if mask.shape != strip.shape[:2] or not mask.any():
        raise ValueError(f"the mask must be {strip.shape[:2]} with some pixel set, got {mask.shape}, {mask.sum()} set")
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return strip[box], mask[box]


def _measure(box: Strip, inside: Mask, *, swapped: bool = False) -> _Style:
    """Colours, stroke width and sharpness of the lettering; `swapped` takes the ground for the stroke."""
    lab = cv2.cvtColor(box.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)  # (h, w, 3)
    position = _main_axis(lab, inside)  # (h, w), 0 one colour, 1 the other
    upper = _otsu(position, inside)
    border = np.concatenate([upper[0], upper[-1], upper[:, 0], upper[:, -1]])
    stroke = upper if (border.mean() < 0.5) != swapped else ~upper
    stroke_inside, ground_inside = stroke & inside, ~stroke & inside
    ring = cv2.copyMakeBorder(stroke.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(ring, cv2.DIST_L2, 5)[1:-1, 1:-1]
    # Blur mixes the outer pixels of a stroke with the ground; the innermost quarter has its colour.
    depth = float(np.percentile(distance[stroke_inside], 75)) if stroke_inside.any() else 0.0
    core = stroke_inside & (distance >= depth)
    ground = ~cv2.dilate(stroke.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & inside
    steps = np.hypot(
        cv2.Sobel(position, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(position, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    edges = stroke_inside & (distance <= 1.0)
    return _Style(
        stroke_colour=_median(lab, core, stroke_inside),
        background_colour=_median(lab, ground, ground_inside),
        # Across a bar of width w the distance to its edge averages w / 4.
        stroke_width_px=max(0.5, 4 * float(distance[stroke_inside].mean()) if stroke_inside.any() else 0.5),
        sharpness=max(1e-3, float(np.percentile(steps[edges], 75)) if edges.any() else 1e-3),
    )


def _main_axis(lab: Colours, inside: Mask) -> Colours:
    """Each pixel's place (h, w) along the direction in which the colours differ most, 1st to 99th percentile → 0..1."""
    colours = lab[inside]
    centred = colours - colours.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    place = (lab - colours.mean(axis=0)) @ vectors[:, -1]
    low, high = np.percentile(place[inside], [1, 99])
    return np.asarray(np.clip((place - low) / max(float(high - low), 1e-6), 0, 1), np.float32)


def _otsu(position: Colours, inside: Mask) -> Mask:
    """(h, w) in 0..1 → above Otsu's threshold over the pixels inside."""
    levels = (position * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels[inside].reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(levels > threshold, np.bool_)


def _median(lab: Colours, where: Mask, otherwise: Mask) -> Colours:
    """Median colour (3,) over the first of the masks that has a pixel, or over everything."""
    for mask in (where, otherwise):
        if mask.any():
            return np.asarray(np.median(lab[mask], axis=0), np.float32)
    return np.asarray(np.median(lab.reshape(-1, 3), axis=0), np.float32)
