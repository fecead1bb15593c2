from pathlib import Path

import numpy as np
from PIL import Image

from cli.maps import SCALE, overlay, write_maps
from models.pipeline import CharacterMap


def test_an_overlay_is_hot_where_the_character_looked_and_grey_elsewhere() -> None:
    heat = np.zeros((16, 32), np.float32)
    heat[4:12, 2:8] = 1
    strip = np.full((64, 128, 3), (200, 90, 30), np.uint8)
    picture = overlay(CharacterMap("T", heat), strip)
    assert picture.shape == (64 * SCALE, 128 * SCALE, 3)
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    assert spread[:, 300:].max() == 0
    assert spread[32 * SCALE, 20 * SCALE] > 40


def test_no_maps_write_nothing(tmp_path: Path) -> None:
    assert write_maps([], np.zeros((64, 128, 3), np.uint8), tmp_path / "maps") == []
    assert not (tmp_path / "maps").exists()


def test_the_contact_sheet_holds_every_map(tmp_path: Path) -> None:
    maps = [CharacterMap(character, np.ones((16, 32), np.float32)) for character in "TAXI"]
    *_, sheet = write_maps(maps, np.zeros((64, 128, 3), np.uint8), tmp_path / "maps")
    with Image.open(sheet) as image:
        width, height = image.size
    assert width > 3 * 128 * SCALE and height > 2 * 64 * SCALE
