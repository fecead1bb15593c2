"""Attention maps as pictures: one a character, heat over the source strip, and a contact sheet of all."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.pipeline import CharacterMap
from models.pipeline.request import Image as Pixels

SCALE = 3  # strips are small
LABEL_PX = 30
COLUMNS = 3
GAP_PX = 8
CONTACT_SHEET = "contact-sheet.png"


def write_maps(maps: Sequence[CharacterMap], strip: Pixels, folder: Path) -> list[Path]:
    """`01-T.png`, `02-A.png`, … and `contact-sheet.png` into `folder`, which is made; nothing for no maps."""
    if not maps:
        return []
    folder.mkdir(exist_ok=True)
    tiles = [overlay(character_map, strip) for character_map in maps]
    paths = [folder / file_name(index, m.character) for index, m in enumerate(maps, start=1)]
    for path, tile in zip(paths, tiles, strict=True):
        Image.fromarray(tile).save(path)
    sheet = folder / CONTACT_SHEET
    contact_sheet(tiles, [character_map.character for character_map in maps]).save(sheet)
    return [*paths, sheet]


def file_name(number: int, character: str) -> str:
    """`01-T.png`; a character that isn't a letter or digit by its code point, `02-U+002F.png`."""
    name = character if character.isascii() and character.isalnum() else f"U+{ord(character):04X}"
    return f"{number:02d}-{name}.png"


def overlay(character_map: CharacterMap, strip: Pixels) -> Pixels:
    """Heat (h, w) over the strip (64, W, 3), enlarged by `SCALE`; the strip is grey where there is no heat."""
    height, width = strip.shape[0] * SCALE, strip.shape[1] * SCALE
    heat = cv2.resize(np.clip(character_map.heat, 0, 1), (width, height), interpolation=cv2.INTER_CUBIC)
    heat = np.clip(heat, 0, 1)[..., None]
    grey = cv2.cvtColor(cv2.resize(strip, (width, height), interpolation=cv2.INTER_CUBIC), cv2.COLOR_RGB2GRAY)
    colours = cv2.applyColorMap((heat * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]  # from BGR
    strength = 0.75 * np.sqrt(heat)
    mixed = (1 - strength) * grey[..., None] + strength * colours
    return np.asarray(np.rint(mixed), np.uint8)


def contact_sheet(tiles: Sequence[Pixels], characters: Sequence[str]) -> Image.Image:
    """All tiles in rows of `COLUMNS`, each under its character."""
    height, width = tiles[0].shape[0] + LABEL_PX + GAP_PX, tiles[0].shape[1] + GAP_PX
    columns = min(COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width + GAP_PX, rows * height + GAP_PX), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=LABEL_PX * 0.7)
    for index, (tile, character) in enumerate(zip(tiles, characters, strict=True)):
        x, y = GAP_PX + index % columns * width, GAP_PX + index // columns * height
        draw.text((x, y), "space" if character == " " else character, fill="black", font=font)
        sheet.paste(Image.fromarray(tile), (x, y + LABEL_PX))
    return sheet
