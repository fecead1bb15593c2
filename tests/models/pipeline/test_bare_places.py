"""Claims about writing where nothing stands, with the built-in model: it reads right, and looks as if it belonged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from models.data.glyphs import FONT_FOLDER
from models.pipeline import EditOptions, EditTarget, TextEditor
from models.pipeline.bare_places import is_bare, neighbour_style
from models.reading.words import WordReader
from models.regions.ink import estimate_ink
from models.regions.quad import grow_quad, quad_from_box, quad_mask
from models.regions.strip import rectify, strip_frame

EXAMPLES = Path(__file__).parents[3] / "examples"
ONE = EditOptions(seed=0, num_candidates=1, max_attempts=1, fallback="none")


@pytest.fixture(scope="module")
def editor() -> TextEditor:
    return TextEditor.load()


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.load()


def example(name: str) -> np.ndarray:
    return np.asarray(Image.open(EXAMPLES / name).convert("RGB"))


def place(image: np.ndarray, box_px: tuple[float, float, float, float]) -> EditTarget:
    """The box (x, y, w, h) with a margin, as the command line takes it."""
    quad = quad_from_box(*box_px)
    return EditTarget(quad, quad_mask(grow_quad(quad, 0.12 * box_px[3]), image.shape[:2]))


@pytest.mark.parametrize(
    ("name", "box_px", "text"),
    [("cafe_sign.jpg", (100, 510, 260, 70), "TODAY"), ("station_sign.jpg", (300, 50, 560, 100), "WELCOME")],
    ids=["a plain wall", "bricks"],
)
def test_a_word_reads_right_and_the_ground_between_its_letters_stays(
    editor: TextEditor, name: str, box_px: tuple[float, float, float, float], text: str
) -> None:
    image = example(name)
    target = place(image, box_px)
    options = replace(ONE, sampler=editor.model.sampler)
    result = editor.edit(image, target, text, options)
    assert result.best.verified and result.best.kind == "model"
    changed = np.abs(result.image.astype(int) - image).max(axis=2) > 24
    assert 0.05 < changed[target.mask].mean() < 0.45
    assert changed[target.mask].mean() > 0.6 * (result.image != image).any(axis=2)[target.mask].mean() - 0.25
    x, y, w, h = (round(v) for v in box_px)
    columns = np.flatnonzero(changed[y : y + h, x : x + w].any(axis=0))
    assert abs((columns[0] + columns[-1]) / 2 - w / 2) < 0.05 * w  # in the middle


def test_on_a_sign_it_looks_like_the_signs_own_words(editor: TextEditor) -> None:
    image = example("station_sign.jpg")
    target = place(image, (270, 470, 170, 50))
    result = editor.edit(image, target, "Exit", replace(ONE, sampler=editor.model.sampler))
    assert result.best.verified
    frame = strip_frame(target.quad_px)
    ink = estimate_ink(rectify(result.image, frame), frame.text_box)
    red, _, blue = ink.ink_colour
    assert blue > red + 25 and ink.contrast > 50  # the station's own navy


def test_models_that_work_on_crops_write_there_too(tiny_crop_model: Path) -> None:
    image = example("cafe_sign.jpg")
    target = place(image, (100, 510, 260, 70))
    editor = TextEditor.load(tiny_crop_model)
    sampler = replace(editor.model.sampler, num_inference_steps=2, search_candidates=1)
    result = editor.edit(image, target, "TODAY", replace(ONE, fallback="typeset", sampler=sampler))
    assert result.best.kind == "typeset" and result.best.verified  # an untrained model can't spell
    assert result.changed_outside_mask_px == 0


def test_what_stands_on_another_ground_is_no_neighbour(reader: WordReader) -> None:
    image = example("cafe_sign.jpg")
    below = quad_from_box(420, 490, 420, 90)  # on the wall, beside the green sign
    assert neighbour_style(image, below, np.array([150, 125, 90], np.float32), reader) is None
    green = np.median(image[250:280, 300:330].reshape(-1, 3), axis=0).astype(np.float32)
    assert neighbour_style(image, below, green, reader) is not None


def strip_with(text: str, *, mirrored: bool = False) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """A photo's strip with something written in its text box, and the box."""
    image = Image.new("RGB", (400, 120), (200, 196, 180))
    font = ImageFont.truetype(str(FONT_FOLDER / "DejaVuSans-Bold.ttf"), 50)
    ImageDraw.Draw(image).text((200, 60), text, (60, 50, 40), font, "mm")
    frame = strip_frame(quad_from_box(90, 25, 220, 70))
    return rectify(np.asarray(ImageOps.mirror(image) if mirrored else image), frame), frame.text_box


@pytest.mark.parametrize(
    ("text", "mirrored", "bare"),
    [("Hello", False, False), ("Reges", True, False), ("", False, True)],
    ids=["readable", "unreadable", "nothing"],
)
def test_a_place_is_bare_only_if_nothing_stands_there_readable_or_not(
    reader: WordReader, text: str, mirrored: bool, bare: bool
) -> None:
    strip, box = strip_with(text, mirrored=mirrored)
    assert is_bare(strip, box, reader.read(strip), reader) is bare


def test_what_cannot_be_read_is_painted_over(editor: TextEditor) -> None:
    image, box_px = example("station_sign.jpg").copy(), (355, 285, 665, 135)  # ASHFORD
    x, y, w, h = box_px
    image[y : y + h, x : x + w] = image[y : y + h, x : x + w][::-1].copy()  # flipped
    result = editor.edit(image, place(image, box_px), "BRIDGE", replace(ONE, sampler=editor.model.sampler))
    assert result.best.verified
