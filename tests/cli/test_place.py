from pathlib import Path

import numpy as np
from PIL import Image

from cli.place import find_target, parse_place
from models.pipeline import EditTarget
from worker.photo import Photo


def target(photo: Path, **given: str | Path) -> EditTarget:
    options = dict.fromkeys(("find", "quad", "box", "mask", "style_quad")) | given
    return find_target(parse_place(**options), Photo.open(photo))


def test_the_mask_is_the_quad_grown_by_12_percent_of_its_height(photo: Path) -> None:
    boxed = target(photo, box="40,40,160,50")
    expected = np.zeros((200, 320), bool)
    expected[34:96, 34:206] = True
    assert (boxed.mask == expected).all()
    assert (target(photo, quad="40,40 200,40 200,90 40,90").mask == expected).all()
    assert boxed.old_text is None


def test_the_mask_is_cut_at_the_border_of_the_photo(photo: Path) -> None:
    cornered = target(photo, box="0,0,160,50")
    assert cornered.mask.shape == (200, 320)
    assert cornered.mask[:56, :166].all() and cornered.mask.sum() == 56 * 166


def test_a_mask_file_is_the_mask_itself(photo: Path) -> None:
    mask = np.zeros((200, 320), bool)
    mask[40:90, 40:200] = True
    mask[50, 50] = False
    path = photo.with_name("mask.png")
    Image.fromarray(mask).save(path)
    masked = target(photo, mask=path)
    assert (masked.mask == mask).all()
    assert masked.quad_px.tolist() == [[40, 40], [200, 40], [200, 90], [40, 90]]


def test_a_text_is_found_with_what_it_says(photo: Path) -> None:
    found = target(photo, find="plaza", style_quad="40,40 200,40 200,90 40,90")
    assert found.old_text == "PLAZA"
    assert found.mask[140:150, 70:160].all() and not found.mask[:110].any()
    assert found.style_quad_px is not None and found.style_quad_px.shape == (4, 2)


def test_a_second_occurrence_can_be_named(photo: Path, tmp_path: Path) -> None:
    with Image.open(photo) as opened:
        image = opened.convert("RGB")
    image.paste(image.crop((0, 20, 320, 110)), (0, 110))
    twice = tmp_path / "twice.png"
    image.save(twice)
    assert target(twice, find="EXIT").quad_px[0, 1] < 100 < target(twice, find="EXIT#2").quad_px[0, 1]
