"""Attention maps as pictures: heat over what stood there, a character each and all on a sheet; and whose a place is."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from models.config import STRIP_HEIGHT_PX
from models.regions.quad import Quad
from models.regions.strip import rectify, whole_frame

Pixels = NDArray[np.uint8]  # (H, W, 3) RGB

SCALE = 3  # strips are small
LABEL_PX = 30
COLUMNS = 3
GOLDEN_ANGLE = 69  # half degrees
GAP_PX = 8
CONTACT_SHEET = "contact-sheet.png"
SEGMENTS = "segments.png"
NO_MAPS = "no maps: no character of the result was drawn by the model"


def write_maps(text: str, heats: NDArray[np.uint8], quad_px: Quad, photo: Pixels, folder: Path) -> list[Path]:
    """`01-T.png`, `02-A.png`, …, `segments.png` and `contact-sheet.png` into `folder`, which is made.

    `heats` uint8 (L, h, w), one a character of `text`; their corners lie at `quad_px` in `photo`.
    """
    width_px = STRIP_HEIGHT_PX * heats.shape[2] // heats.shape[1]
    strip = rectify(photo, whole_frame(quad_px, width_px), finer=SCALE)
    folder.mkdir(exist_ok=True)
    tiles = [overlay(heat, strip) for heat in heats]
    paths = [folder / file_name(index, character) for index, character in enumerate(text, start=1)]
    for path, tile in zip(paths, tiles, strict=True):
        Image.fromarray(tile).save(path)
    Image.fromarray(segment_picture(segments(heats), strip)).save(folder / SEGMENTS)
    sheet = folder / CONTACT_SHEET
    contact_sheet(tiles, text).save(sheet)
    return [*paths, folder / SEGMENTS, sheet]


def file_name(number: int, character: str) -> str:
    """`01-T.png`; a character that isn't a letter or digit by its code point, `02-U+002F.png`."""
    name = character if character.isascii() and character.isalnum() else f"U+{ord(character):04X}"
    return f"{number:02d}-{name}.png"


def overlay(heat: NDArray[np.uint8], strip: Pixels) -> Pixels:
    """Heat (h, w) over the strip (H, W, 3), which is grey where there is none."""
    height, width = strip.shape[:2]
    strength = cv2.resize(heat.astype(np.float32) / 255, (width, height), interpolation=cv2.INTER_CUBIC)
    strength = np.clip(strength, 0, 1)[..., None]
    grey = cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY)[..., None]
    colours = cv2.applyColorMap((strength * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]  # from BGR
    opacity = 0.75 * np.sqrt(strength)
    return np.asarray(np.rint((1 - opacity) * grey + opacity * colours), np.uint8)


def segments(heats: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Heats (L, h, w) → (h, w): 1 + index of the character that a cell belongs to, 0 for none. DreamText's latent
    character segmentation: a character's cells are above its blurred map's mean by two standard deviations.

    Where two claim a cell, it is the one's that is nearer to its own maximum.
    """
    blurred = np.stack([cv2.GaussianBlur(heat.astype(np.float32), (3, 3), 1.0) for heat in heats])
    mean, deviation = blurred.mean(axis=(1, 2), keepdims=True), blurred.std(axis=(1, 2), ddof=1, keepdims=True)
    claimed = np.where(blurred > mean + 2 * deviation, blurred, 0)
    return np.where(claimed.any(axis=0), 1 + claimed.argmax(axis=0), 0).astype(np.uint8)


def segment_picture(owners: NDArray[np.uint8], strip: Pixels) -> Pixels:
    """Each character's cells (h, w) in a colour of their own over the strip (H, W, 3), which is grey elsewhere."""
    height, width = strip.shape[:2]
    hues = (
        (owners.astype(np.int32) - 1) * GOLDEN_ANGLE % 180
    )  # OpenCV's hues are half degrees; neighbours lie far apart
    plane = np.full(owners.shape, 255, np.uint8)
    colours = cv2.cvtColor(np.dstack([hues.astype(np.uint8), plane, plane]), cv2.COLOR_HSV2RGB)
    grey = cv2.cvtColor(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    opacity = 0.6 * (owners > 0)[..., None].astype(np.float32)
    spread = [cv2.resize(a, (width, height), interpolation=cv2.INTER_NEAREST) for a in (colours, opacity)]
    return np.asarray(np.rint((1 - spread[1][..., None]) * grey + spread[1][..., None] * spread[0]), np.uint8)


def contact_sheet(tiles: Sequence[Pixels], characters: str) -> Image.Image:
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
