"""A place that somebody marked by hand, and so loosely → the line of text in it. Knows the detector, no networks."""

from dataclasses import replace

import cv2
import numpy as np

from models.pipeline.request import EditTarget, Image
from models.reading.words import WordReader
from models.regions.quad import Quad, grow_quad, quad_from_box, quad_mask, quad_size
from models.regions.strip import StripFrame, photo_quad, rectify, strip_frame

Box = tuple[float, float, float, float]  # (x0, y0, x1, y1) strip px

_FINER = 2  # the detector sees the strip so many times larger: a loosely marked line is a small part of it
_INSIDE_SHARE = 0.8  # of a line, in the marked place: else it is a neighbour, or only a part of it was meant
_FITTING_SHARE = 0.8  # of the place's height and of its width: a line that fills more of both was marked well
_SMALL_SHARE = 0.35  # of the place's height: a line that fills less of it isn't what was marked
_ROW_SHARE = 0.5  # of their height: centres of one line lie no farther apart
_SQUEEZED = 1.2  # a text so many times as long is set narrower instead of wider
_MASK_MARGIN_HEIGHTS = 0.25  # what of the mask is kept round the line


def snapped(image: Image, target: EditTarget, text: str, reader: WordReader) -> EditTarget:
    """The target with the corners of the one line that stands in it, and of its mask what is near that line.

    The corners are wider apart where `text` is longer than the line, as far as the place reaches.

    Unchanged if the old text is known already, nothing is read there, several lines are, or the place fits as it is.
    """
    if target.old_text is not None:
        return target
    frame = strip_frame(target.quad_px)
    line = _line_in(frame, image, text, reader)
    if line is None:
        return target
    height, width = target.mask.shape
    quad = np.clip(photo_quad(line, frame), 0, [width, height])
    line_px, _ = quad_size(quad)
    near = target.mask & quad_mask(grow_quad(quad, _MASK_MARGIN_HEIGHTS * line_px), (height, width))
    return replace(target, quad_px=quad, mask=near) if near.any() else target


def _line_in(frame: StripFrame, image: Image, text: str, reader: WordReader) -> Quad | None:
    """Its corners in the strip, from the one nearest to the strip's top-left; None where there isn't just one."""
    words = reader.look(rectify(image, frame, finer=_FINER))
    inside = [
        (word.quad_px / _FINER, word.text)
        for word in words
        if _share_inside(word.quad_px / _FINER, frame.text_box) >= _INSIDE_SHARE
    ]
    if not inside:
        return None
    quads = [quad for quad, _ in inside]
    line = quads[0] if len(quads) == 1 else cv2.boxPoints(cv2.minAreaRect(np.concatenate(quads).astype(np.float32)))
    line = np.asarray(np.roll(line, -int(line.sum(axis=1).argmin()), axis=0), np.float64)
    apart_px = np.ptp([quad[:, 1].mean() for quad in quads])
    x0, y0, x1, y1 = frame.text_box
    high, wide = np.array(quad_size(line)) / (y1 - y0, x1 - x0)
    if apart_px > _ROW_SHARE * max(quad_size(quad)[0] for quad in quads) or high < _SMALL_SHARE:
        return None
    if min(high, wide) > _FITTING_SHARE:
        return None
    longer = len(text) / max(sum(len(old) for _, old in inside), 1)
    return _widened(line, longer / _SQUEEZED, frame.text_box)


def _widened(line: Quad, times: float, place: Box) -> Quad:
    """Up to so many times as wide, to both sides alike and no farther than the place reaches."""
    middle_x, (left_x, right_x) = line[:, 0].mean(), (line[:, 0].min(), line[:, 0].max())
    room = min((middle_x - place[0]) / (middle_x - left_x), (place[2] - middle_x) / (right_x - middle_x))
    times = max(min(times, room), 1.0)
    (top_left, top_right, bottom_right, bottom_left) = line
    top, bottom = (top_right - top_left) * (times - 1) / 2, (bottom_right - bottom_left) * (times - 1) / 2
    return np.array([top_left - top, top_right + top, bottom_right + bottom, bottom_left - bottom])


def _share_inside(quad: Quad, place: Box) -> float:
    x0, y0, x1, y1 = place
    corners = quad_from_box(x0, y0, x1 - x0, y1 - y0).astype(np.float32)
    common, _ = cv2.intersectConvexConvex(quad.astype(np.float32), corners)
    return float(common / max(cv2.contourArea(quad.astype(np.float32)), 1e-6))
