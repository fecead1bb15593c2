from pathlib import Path

import numpy as np
from PIL import Image

from cli.maps import SCALE, overlay, write_maps
from models.regions.quad import quad_from_box


def test_an_overlay_is_hot_where_the_character_was_attended_to_and_grey_elsewhere() -> None:
    heat = np.zeros((8, 16), np.uint8)
    heat[2:6, 1:4] = 255
    picture = overlay(heat, np.full((192, 384, 3), (200, 90, 30), np.uint8))
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    assert spread[:, 300:].max() == 0
    assert spread[96, 60] > 40


def test_the_pictures_show_the_part_of_the_photo_where_the_maps_lie(tmp_path: Path) -> None:
    photo = np.zeros((200, 300, 3), np.uint8)
    photo[60:124, 50:178] = 240
    heats = np.zeros((2, 8, 16), np.uint8)
    first, second, _ = write_maps("A/", heats, quad_from_box(50, 60, 128, 64), photo, tmp_path / "maps")
    assert (first.name, second.name) == ("01-A.png", "02-U+002F.png")
    with Image.open(first) as picture:
        assert picture.size == (128 * SCALE, 64 * SCALE)
        assert np.asarray(picture)[8:-8, 8:-8].min() > 200


def test_the_contact_sheet_holds_every_map(tmp_path: Path) -> None:
    photo, heats = np.zeros((64, 128, 3), np.uint8), np.full((4, 8, 16), 255, np.uint8)
    *_, sheet = write_maps("TAXI", heats, quad_from_box(0, 0, 128, 64), photo, tmp_path / "maps")
    with Image.open(sheet) as image:
        width, height = image.size
    assert width > 3 * 128 * SCALE and height > 2 * 64 * SCALE
