from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.data.glyphs import FONT_FOLDER
from models.data.typeset import Typesetting, typeset
from models.pipeline.detail import FineDraft, fine_draft, sharper
from models.regions.ink import Ink, estimate_ink
from models.regions.quad import Quad, grow_quad, quad_from_box, quad_mask
from models.regions.strip import StripFrame, rectify, rectify_mask, strip_frame, unrectify
from tests.models.judging import judge

WIDTH_PX = 900


def large_sign(text: str) -> tuple[np.ndarray, Quad]:
    """A sharp photo (320, 900, 3) with letters about 120 px high, and their quad."""
    image = Image.new("RGB", (WIDTH_PX, 320), (40, 70, 120))
    font = ImageFont.truetype(str(FONT_FOLDER / "narrow-bold.ttf"), 170)
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    ImageDraw.Draw(image).text((200, 220), text, fill=(235, 230, 210), font=font, anchor="ls")
    return np.asarray(image), quad_from_box(200 + left - 6, 220 + top - 6, right - left + 12, bottom - top + 12)


@pytest.fixture(scope="module")
def drafted() -> tuple[np.ndarray, StripFrame, Ink, Typesetting]:
    image, quad = large_sign("HOTEL")
    frame = strip_frame(quad)
    strip, mask = rectify(image, frame), rectify_mask(quad_mask(grow_quad(quad, 20), image.shape[:2]), frame)
    ink = estimate_ink(strip, frame.text_box)
    (draft,) = typeset(
        strip, ink=ink, mask=mask, text_box=frame.text_box, old_text="HOTEL", new_text="LOTHE", judge=judge
    )
    return image, frame, ink, draft


def fine(drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting]) -> FineDraft:
    found = fine_draft(*drafted, "LOTHE")
    assert found is not None
    return found


def softened(draft: Typesetting, sigma_px: float) -> np.ndarray:
    """The draft as a network draws it that finds nothing to change but is not sharp."""
    change = cv2.GaussianBlur(draft.coverage, (0, 0), sigma_px) - draft.coverage
    return np.clip(draft.strip + draft.rise * change[..., None], 0, 255).astype(np.uint8)


def sharpened(drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting], drawn: np.ndarray) -> np.ndarray:
    """The drawing with its letters exchanged, (h, w, 3), where it lies in the photo."""
    image, frame, _, draft = drafted
    wanted = fine(drafted)
    letters = sharper(wanted, drawn, draft)
    coarse, _ = unrectify(drawn - letters.taken, frame, image.shape[:2])
    added, _ = unrectify(letters.added, frame, image.shape[:2], finer=wanted.finer)
    return np.asarray(coarse + added)


def test_a_blurred_draft_becomes_as_sharp_as_the_photo(
    drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting],
) -> None:
    image, frame, _, draft = drafted
    drawn, wanted = softened(draft, 1.0), fine(drafted)
    soft, _ = unrectify(drawn, frame, image.shape[:2])
    sharp = sharpened(drafted, drawn)
    steepest = [np.abs(np.diff(p[..., 0], axis=1)).max() for p in (soft, sharp, image.astype(float))]
    assert wanted.finer >= 3
    assert steepest[0] < 0.35 * steepest[2] and steepest[1] > 0.55 * steepest[2]


def test_the_same_letters_come_back_nearer_to_the_truth(
    drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting],
) -> None:
    image, frame, _, draft = drafted
    truth, _ = large_sign("LOTHE")
    drawn = softened(draft, 1.0)
    soft, (x0, y0, x1, y1) = unrectify(drawn, frame, image.shape[:2])
    errors = [np.abs(picture - truth[y0:y1, x0:x1]).mean() for picture in (soft, sharpened(drafted, drawn))]
    assert errors[1] < 0.95 * errors[0]


def test_no_lines_run_beside_the_letters(drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting]) -> None:
    image, frame, _, draft = drafted
    letters, _ = unrectify(fine(drafted).coverage, frame, image.shape[:2], finer=fine(drafted).finer)
    clear = cv2.dilate(letters, np.ones((9, 9), np.uint8)) < 0.02
    picture = sharpened(drafted, draft.strip)
    plain, _ = unrectify(draft.ground, frame, image.shape[:2])
    assert np.abs(picture - plain)[clear].max() < 3


def test_nothing_is_added_where_the_network_left_the_draft(
    drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting],
) -> None:
    _, _, _, draft = drafted
    other = np.clip(draft.strip - 0.8 * draft.rise * draft.coverage[..., None], 0, 255).astype(np.uint8)  # erased again
    same, left = (np.abs(sharper(fine(drafted), strip, draft).added).mean() for strip in (softened(draft, 1.0), other))
    assert left < 0.25 * same


def test_no_fine_draft_without_letters_or_known_strokes(
    drafted: tuple[np.ndarray, StripFrame, Ink, Typesetting],
) -> None:
    image, frame, ink, draft = drafted
    assert fine_draft(image, frame, replace(ink, confidence=0.1), draft, "LOTHE") is None
    assert fine_draft(image, frame, ink, replace(draft, setting=None), "") is None
