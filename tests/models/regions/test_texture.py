import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.regions.quad import quad_from_box
from models.regions.strip import StripFrame, rectify, strip_frame, unrectify
from models.regions.texture import Texture, ground_texture

HW = (300, 520)
QUAD = quad_from_box(120, 100, 280, 90)  # 2.25 photo px a strip px
Photo = NDArray[np.uint8]


def rough(seed: int = 0, *, spread: float = 12.0) -> Photo:
    noise = np.random.default_rng(seed).normal(0, spread, (*HW, 3))
    return np.clip(np.array([120, 130, 110]) + noise, 0, 255).astype(np.uint8)


def mesh() -> Photo:
    y, x = np.mgrid[: HW[0], : HW[1]]
    waves = 25 * np.sin(2 * np.pi * x / 2.7) * np.sin(2 * np.pi * y / 3.1)
    return np.repeat((150 + waves)[..., None], 3, axis=2).astype(np.uint8)


def strokes(frame: StripFrame) -> NDArray[np.bool_]:
    """Upright bars in the strip, 9 px wide, where letters were."""
    hole = np.zeros((64, frame.width_px), np.bool_)
    for x in range(int(frame.text_box[0]) + 4, int(frame.text_box[2]) - 12, 22):
        hole[14:50, x : x + 9] = True
    return hole


def smoothed(photo: Photo, frame: StripFrame, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """What is left of the ground when its letters were painted over: the mean where they stood."""
    ground = rectify(photo, frame).astype(np.float32)
    ground[hole] = ground[~hole].mean(axis=0)
    return ground


def textured(photo: Photo) -> tuple[Texture, NDArray[np.float32], NDArray[np.bool_]]:
    """The texture, the ground with it (h, w, 3) in its box, and what of that was painted over."""
    frame = strip_frame(QUAD)
    hole = strokes(frame)
    ground = smoothed(photo, frame, hole)
    texture = ground_texture(photo, frame, ground, hole)
    patch, box = unrectify(ground - texture.strip_levels, frame, HW)
    assert box == texture.box
    in_photo = unrectify(hole.astype(np.float32), frame, HW)[0] > 0.5
    return texture, patch + texture.levels, in_photo


def fine(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(picture - cv2.GaussianBlur(picture, (0, 0), 3), np.float32)


def cut(photo: Photo, texture: Texture) -> NDArray[np.float32]:
    x0, y0, x1, y1 = texture.box
    return photo[y0:y1, x0:x1].astype(np.float32)


@pytest.mark.parametrize("spread", [3.0, 12.0])
def test_what_was_painted_over_is_as_rough_as_the_ground(spread: float) -> None:
    photo = rough(spread=spread)
    texture, drawn, hole = textured(photo)
    wanted = fine(cut(photo, texture))
    assert fine(drawn)[hole].std() == pytest.approx(wanted[~hole].std(), rel=0.12)


def test_colours_vary_together_as_in_the_ground() -> None:
    gray = np.random.default_rng(1).normal(0, 12, (*HW, 1))
    _, drawn, hole = textured(np.clip(130 + gray + np.zeros(3), 0, 255).astype(np.uint8))
    assert np.corrcoef(fine(drawn)[hole].T).min() > 0.95


def test_where_the_ground_was_seen_it_is_the_photo_itself() -> None:
    photo = rough()
    texture, drawn, hole = textured(photo)
    clear = cv2.dilate(hole.view(np.uint8), np.ones((15, 15), np.uint8)) == 0
    off = np.abs(drawn - cut(photo, texture))[clear]
    assert off.mean() < 1.0 and np.percentile(off, 99) < 4


def test_a_mesh_goes_on_in_step() -> None:
    photo = mesh()
    texture, drawn, hole = textured(photo)
    wanted = cut(photo, texture)
    assert np.corrcoef(fine(drawn)[hole].ravel(), fine(wanted)[hole].ravel())[0, 1] > 0.85


def test_no_piece_of_other_letters_is_copied() -> None:
    photo = rough(spread=4.0)
    for y in (30, 215):
        cv2.putText(photo, "OTHER WORDS", (100, y + 30), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 10, 10), 5)
    texture, _, hole = textured(photo)
    assert np.abs(texture.levels[hole]).max() < 6 * 4.0


def test_another_thing_of_the_same_colour_gives_nothing() -> None:
    photo = rough(spread=10.0)
    photo[:92] = (120, 130, 110)  # smooth, beyond a black line
    photo[86:92] = 0
    _, drawn, hole = textured(photo)
    assert fine(drawn)[hole].std() == pytest.approx(fine(photo[150:].astype(np.float32)).std(), rel=0.2)


def test_things_are_not_copied_only_their_grain() -> None:
    y, x = np.mgrid[: HW[0], : HW[1]]
    bands = 128 + 90 * np.sin(x / 17 + y / 40)
    photo = np.repeat(bands[..., None], 3, axis=2).astype(np.uint8)
    frame = strip_frame(QUAD)
    ground, hole = rectify(photo, frame).astype(np.float32), strokes(frame)
    known, made = (ground_texture(photo, frame, ground, where).levels for where in (np.zeros_like(hole), hole))
    assert np.abs(known).max() > 10
    assert np.abs(made - known).max() < 3


def test_without_ground_beside_it_nothing_is_made_up() -> None:
    frame, photo = strip_frame(QUAD), rough()
    everything = np.ones((64, frame.width_px), np.bool_)
    ground = np.full((64, frame.width_px, 3), 100, np.float32)
    texture = ground_texture(photo[:200, 90:430], strip_frame(QUAD - (90, 0)), ground, everything)
    assert np.abs(texture.levels).mean() < 3


def test_it_is_the_same_each_time() -> None:
    first, again = (textured(rough())[0] for _ in range(2))
    np.testing.assert_array_equal(first.levels, again.levels)
