from pathlib import Path

import numpy as np
from PIL import Image

from cli.maps import SCALE, overlay, segment_picture, segments, write_maps
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
    first, second, *_ = write_maps("A/", heats, quad_from_box(50, 60, 128, 64), photo, tmp_path / "maps")
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


def test_a_cell_belongs_to_the_character_that_stands_out_there() -> None:
    heats = np.full((2, 8, 32), 10, np.uint8)
    heats[0, 2:6, 2:6] = 255
    heats[1, 2:6, 20:24] = 255
    owners = segments(heats)
    assert (owners[3:5, 3:5] == 1).all() and (owners[3:5, 21:23] == 2).all() and not owners[:, 8:18].any()
    picture = segment_picture(owners, np.full((64, 256, 3), 128, np.uint8))
    assert (picture[:, 64:144] == 128).all() and (picture[32, 32] != picture[32, 176]).any()
