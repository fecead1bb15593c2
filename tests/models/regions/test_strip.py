import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.config import STRIP_WIDTHS_PX
from models.errors import BadTargetError
from models.regions.quad import quad_from_box, quad_mask
from models.regions.strip import rectify, rectify_mask, strip_frame, unrectify
from tests.models.regions.test_quad import turned

PHOTOS = Path(__file__).parents[3] / ".." / "shared" / "photos"


def scene(height: int, width: int, *, grain_px: float = 3.0) -> np.ndarray:
    """Smooth noise with detail down to about `grain_px`."""
    noise = np.random.default_rng(0).normal(0, 1, (height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain_px)
    return np.clip(128 + 50 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def shift_px(a: np.ndarray, b: np.ndarray, valid: np.ndarray | None = None) -> float:
    """How far `b` lies from `a`, by least squares on the gradients (Lucas and Kanade, 1981).

    Phase correlation is worse here: it weighs the frequencies that a strip can't hold like all others.
    """
    gray_a, gray_b = a.mean(axis=2), b.mean(axis=2)
    dy, dx = np.gradient((gray_a + gray_b) / 2)
    inner = np.zeros(gray_a.shape, dtype=np.bool_)
    inner[4:-4, 4:-4] = True if valid is None else valid[4:-4, 4:-4]
    shift, *_ = np.linalg.lstsq(np.stack([dx[inner], dy[inner]], axis=1), (gray_a - gray_b)[inner], rcond=None)
    return float(np.hypot(*shift))


def test_the_measure_of_a_shift_finds_a_quarter_pixel() -> None:
    image = scene(100, 200)
    moved = cv2.warpAffine(image, np.array([[1, 0, 0.25], [0, 1, 0.0]]), (200, 100), flags=cv2.INTER_LANCZOS4)
    assert shift_px(image, moved) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("height", "width", "strip_w", "text_h"),
    [
        (40, 104, 128, 40),
        (40, 105, 256, 40),
        (10, 26, 128, 40),
        (400, 1040, 128, 40),
        (40, 488, 512, 40),
        (20, 488, 512, 20),
    ],
)
def test_the_text_is_centred_at_40_px_with_12_px_around(height: int, width: int, strip_w: int, text_h: float) -> None:
    frame = strip_frame(quad_from_box(7, 9, width, height))
    x0, y0, x1, y1 = frame.text_box
    assert frame.width_px == strip_w
    assert frame.width_px in STRIP_WIDTHS_PX
    assert (x1 - x0, y1 - y0) == pytest.approx((width * text_h / height, text_h))
    assert (x0 + x1, y0 + y1) == pytest.approx((strip_w, 64))
    assert min(x0, y0) >= 12 - 1e-6


def test_the_homography_takes_the_quad_to_the_text_box() -> None:
    quad = np.array([(5000.5, 4000), (5300, 4040), (5310, 4150), (4990, 4100)])
    frame = strip_frame(quad)
    projected = np.column_stack([quad, np.ones(4)]) @ frame.homography.T
    x0, y0, x1, y1 = frame.text_box
    assert projected[:, :2] / projected[:, 2:] == pytest.approx(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]))


def test_a_horizon_in_the_strip_is_refused() -> None:
    with pytest.raises(BadTargetError, match="perspective"):
        strip_frame(np.array([(10, 10), (30, 40), (30, 60), (10, 100)], dtype=float))


def test_a_strip_at_its_own_scale_is_cut_out_exactly() -> None:
    image = scene(120, 300)
    frame = strip_frame(quad_from_box(52, 42, 104, 40))
    assert (rectify(image, frame) == image[30:94, 40:168]).all()


@pytest.mark.parametrize(
    ("quad", "hw"),
    [
        (quad_from_box(60, 40, 100, 40), (150, 260)),
        (quad_from_box(60, 40, 100.5, 33.3), (150, 260)),
        (quad_from_box(0, 0, 100, 40), (97, 211)),
        (quad_from_box(111, 57, 100, 40), (97, 211)),
        (quad_from_box(0, 57, 211, 40), (97, 211)),
        (turned(120, 30, 17), (300, 300)),
        (turned(120, 50, -60), (300, 300)),
        (np.array([(60, 60), (220, 40), (230, 110), (50, 95)], dtype=float), (200, 280)),
        (quad_from_box(60, 60, 300, 100), (300, 500)),
        (quad_from_box(100, 100, 600, 200), (500, 900)),
    ],
)
def test_a_round_trip_does_not_shift(quad: np.ndarray, hw: tuple[int, int]) -> None:
    frame = strip_frame(quad)
    image = scene(*hw, grain_px=3 * max(1.0, frame.photo_px_per_strip_px))
    patch, (x0, y0, x1, y1) = unrectify(rectify(image, frame), frame, hw)
    source = image[y0:y1, x0:x1]
    assert patch.dtype == np.float32
    assert patch.shape == source.shape
    reached = cv2.erode(quad_mask(frame.outline, hw).astype(np.uint8), np.ones((9, 9)))[y0:y1, x0:x1] > 0
    assert shift_px(source, patch, reached) < 0.1
    assert np.abs(source - patch)[quad_mask(quad, hw)[y0:y1, x0:x1]].mean() < 2


@pytest.mark.parametrize("text_height_px", [10, 20, 30])
def test_a_small_text_comes_back_without_shift(text_height_px: int) -> None:
    image = scene(80, 200, grain_px=2)
    frame = strip_frame(quad_from_box(40, 20, 100, text_height_px))
    patch, (x0, y0, x1, y1) = unrectify(rectify(image, frame), frame, image.shape[:2])
    assert shift_px(image[y0:y1, x0:x1], patch) < 0.1
    assert np.abs(image[y0:y1, x0:x1] - patch).mean() < 4


@pytest.mark.parametrize("text_height_px", [100, 400])
def test_fine_detail_of_a_large_text_averages_out_instead_of_aliasing(text_height_px: int) -> None:
    checks = np.indices((700, 1600)).sum(axis=0) % 2 * 255
    image = np.repeat(checks[..., None], 3, axis=2).astype(np.uint8)
    strip = rectify(image, strip_frame(quad_from_box(300.3, 150.7, 2.5 * text_height_px, text_height_px)))
    assert np.abs(strip.astype(float) - 127.5).max() < 8


def test_beyond_the_photo_its_border_is_repeated() -> None:
    image = np.full((60, 120, 3), (10, 200, 90), dtype=np.uint8)
    strip = rectify(image, strip_frame(quad_from_box(0, 0, 120, 60)))
    assert (strip == (10, 200, 90)).all()


def test_a_mask_at_its_own_scale_is_cut_out_exactly() -> None:
    mask = np.random.default_rng(0).random((120, 300)) > 0.5
    frame = strip_frame(quad_from_box(52, 42, 104, 40))
    assert (rectify_mask(mask, frame) == mask[30:94, 40:168]).all()


@pytest.mark.parametrize("text_height_px", [12, 40, 55, 100, 400])
@pytest.mark.parametrize("degrees", [0, 31, 45])
def test_no_masked_pixel_is_lost_in_the_strip(text_height_px: int, degrees: float) -> None:
    frame = strip_frame(turned(2 * text_height_px, text_height_px, degrees, (600, 500)))
    rng = np.random.default_rng(0)
    for point in rng.uniform(-0.45, 0.45, (12, 2)) @ np.diag([2 * text_height_px, text_height_px]):
        x, y = (point + np.array([600, 500])).astype(int)
        if not quad_mask(frame.quad, (1000, 1200))[y, x]:
            continue
        mask = np.zeros((1000, 1200), dtype=np.bool_)
        mask[y, x] = True
        assert rectify_mask(mask, frame).any()


def test_a_hair_stroke_stays_connected_in_the_strip() -> None:
    mask = np.zeros((700, 1400), dtype=np.uint8)
    cv2.line(mask, (210, 160), (1190, 540), 1, 1)
    strip = rectify_mask(mask.astype(np.bool_), strip_frame(quad_from_box(200, 150, 1000, 400)))
    components, _ = cv2.connectedComponents(strip.astype(np.uint8))
    assert components == 2  # the background and one stroke


def test_a_24_megapixel_photo_is_fast() -> None:
    image = np.zeros((4000, 6000, 3), dtype=np.uint8)
    frame = strip_frame(quad_from_box(3000, 2000, 300, 100))
    started = time.perf_counter()
    for _ in range(5):
        patch, _ = unrectify(rectify(image, frame), frame, (4000, 6000))
    assert patch.shape[0] <= 170
    assert (time.perf_counter() - started) / 5 < 0.1


def test_a_real_photo_survives_the_round_trip() -> None:
    path = PHOTOS / "freeway_sign.png"
    if not path.exists():
        pytest.skip("no test photos")
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    height, width = image.shape[:2]
    frame = strip_frame(quad_from_box(width / 4, height / 3, width / 3, width / 9))
    patch, (x0, y0, x1, y1) = unrectify(rectify(image, frame), frame, (height, width))
    assert shift_px(image[y0:y1, x0:x1], patch) < 0.1
