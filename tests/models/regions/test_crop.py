"""Claims about the square crop: the published geometry, and a way back that keeps exact pixels exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.regions.crop import CropFrame, crop_frame, cut, cut_mask, heat_on_strip, uncut
from models.regions.quad import quad_from_box
from models.regions.strip import strip_frame


def boxed(image_hw: tuple[int, int], x: int, y: int, w: int, h: int) -> np.ndarray:
    mask = np.zeros(image_hw, np.bool_)
    mask[y : y + h, x : x + w] = True
    return mask


def noise(image_hw: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*image_hw, 3), np.uint8)


def published_square(image_hw: tuple[int, int], x: int, y: int, w: int, h: int) -> tuple[int, int, int]:
    """(x0, y0, side) in the photo, worked out from the padded square's four margins; no pixel of the text is lost."""
    height, width = image_hw
    s = max(height, width)
    left, top, area = (s - width) // 2, (s - height) // 2, w * h
    if area / s**2 >= 0.04:
        return -left, -top, s
    d = max(int((area / 0.04) ** 0.5), w, h)
    starts = []
    for first, length in ((left + x, w), (top + y, h)):
        centre = first + length // 2
        before = min(centre, d // 2) if centre <= s - centre else d - min(s - centre, d // 2)
        lost = max(first + length - (centre - before + d), 0)  # in the published code a pixel may be
        starts.append(centre - before + lost)
    return starts[0] - left, starts[1] - top, d


@given(st.data())
def test_crop_is_the_published_square_and_holds_the_mask(data: st.DataObject) -> None:
    height, width = data.draw(st.tuples(st.integers(2, 300), st.integers(2, 300)))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    w, h = data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    frame = crop_frame(boxed((height, width), x, y, w, h), size_px=64)
    assert (frame.x0, frame.y0, frame.side_px) == published_square((height, width), x, y, w, h)
    assert frame.x0 <= x and frame.y0 <= y
    assert frame.x0 + frame.side_px >= x + w and frame.y0 + frame.side_px >= y + h


def test_small_text_is_enlarged_until_it_covers_four_per_cent() -> None:
    mask = boxed((1000, 2000), 900, 500, 100, 40)
    frame = crop_frame(mask, size_px=512)
    assert frame == CropFrame(950 - 158, 520 - 158, 316, 512)
    assert mask.sum() / frame.side_px**2 == pytest.approx(0.04, rel=0.01)


def test_large_text_takes_the_whole_photo_padded_to_a_square() -> None:
    frame = crop_frame(boxed((100, 201), 20, 20, 150, 50), size_px=64)
    assert frame == CropFrame(0, -50, 201, 64)
    crop = cut(np.full((100, 201, 3), 77, np.uint8), frame)
    assert crop.shape == (64, 64, 3) and (crop == 77).all()  # the border is repeated


def test_pixels_of_a_crop_at_the_photos_own_scale_come_back_exactly() -> None:
    image, mask = noise((90, 120)), boxed((90, 120), 50, 30, 25, 10)
    frame = CropFrame(30, 8, 64, 64)
    crop = cut(image, frame)
    assert np.array_equal(crop, image[8:72, 30:94])
    patch, (x0, y0, x1, y1) = uncut(crop, frame, mask)
    assert (x0, y0, x1, y1) == (42, 22, 83, 48) and np.array_equal(patch, image[y0:y1, x0:x1])


@pytest.mark.parametrize("side", [40, 64, 150, 333])
def test_a_smooth_picture_comes_back_in_its_place(side: int) -> None:
    ramp = np.stack(np.broadcast_arrays(np.arange(400.0)[None] / 2, np.arange(400.0)[:, None] / 2, 50.0), axis=2)
    frame = CropFrame(21, 13, side, 64)
    mask = boxed((400, 400), 21 + side // 3, 13 + side // 3, side // 4, side // 4)
    crop = cut(ramp.astype(np.uint8), frame)
    patch, (x0, y0, x1, y1) = uncut(crop, frame, mask)
    assert np.abs(patch - ramp[y0:y1, x0:x1]).max() < 0.6 + side / 64  # rounding, and a crop pixel's own width


def test_crop_mask_covers_every_masked_pixel() -> None:
    mask = boxed((300, 300), 140, 150, 61, 1)
    for side in (64, 100, 300, 40):
        frame = CropFrame(135, 150 - side // 2, side, 64) if side < 300 else CropFrame(0, 0, 300, 64)
        cells = cut_mask(mask, frame)
        ys, xs = np.nonzero(mask)
        inside = (xs < frame.x0 + side) & (xs >= frame.x0)
        rows = ((ys - frame.y0 + 0.5) * 64 / side).astype(int)[inside]
        columns = ((xs - frame.x0 + 0.5) * 64 / side).astype(int)[inside]
        assert cells[rows, columns].all() and cells.sum() <= 4 * 64


def test_mask_is_never_in_the_padding() -> None:
    frame = crop_frame(boxed((50, 200), 10, 5, 180, 40), size_px=64)
    cells = cut_mask(np.ones((50, 200), np.bool_), frame)
    assert not cells[:23].any() and not cells[41:].any() and cells[25:39].all()


def test_heat_lands_on_the_strip_where_it_was_on_the_crop() -> None:
    frame = CropFrame(0, 0, 256, 512)
    strip = strip_frame(quad_from_box(100, 120, 80, 20))
    heat = np.zeros((64, 64), np.float32)
    heat[130 // 4, 140 // 4] = 1  # the middle of the quad
    on_strip = heat_on_strip(heat, frame, strip, (16, strip.width_px // 4))
    y, x = np.unravel_index(on_strip.argmax(), on_strip.shape)
    assert abs(y - 8) <= 2 and abs(x - strip.width_px // 8) <= 3 and on_strip.max() > 0.5
