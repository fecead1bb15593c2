"""Pictures with known text for the tests of `reading`."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Rgb = tuple[int, int, int]


def draw_line(text: str, *, size_px: int = 40, ink: Rgb = (30, 40, 90), ground: Rgb = (225, 220, 205)) -> np.ndarray:
    """One line of text with a small margin, (h, w, 3) uint8."""
    font = ImageFont.load_default(size_px)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("RGB", (round(right - left) + 12, round(bottom - top) + 12), ground)
    ImageDraw.Draw(image).text((6 - left, 6 - top), text, fill=ink, font=font)
    return np.array(image)


def draw_page(lines: list[tuple[str, tuple[int, int]]], *, width: int, height: int, size_px: int = 40) -> np.ndarray:
    """Texts at their (x, y), (H, W, 3) uint8."""
    image = Image.new("RGB", (width, height), (225, 220, 205))
    draw = ImageDraw.Draw(image)
    for text, place in lines:
        draw.text(place, text, fill=(30, 40, 90), font=ImageFont.load_default(size_px))
    return np.array(image)
