"""Makes `station_sign.jpg`, a sample of the editor: an enamelled name plate on a brick wall, seen from the side.

`python examples/make_station_sign.py FONT` with any bold font; the committed picture has the repository's
humanist-semibold.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from make_cafe_sign import Picture, cloud
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 800)  # (w, h)
WALL = (1500, 1000)  # (w, h), seen from the front
WALL_CORNERS = np.array([(-260, -170), (1290, 40), (1290, 760), (-260, 1010)], np.float32)  # in the picture
PLATE = (900, 330)  # (w, h)
PLATE_AT = (330, 300)  # its top left on the wall
BRICK = (124, 46)  # (w, h) with its joint
LINES = (("ASHFORD", 150, 44), ("Platform 2", 60, 222))  # text, font size px, top px
NAVY = (24, 42, 92)


def bricks(rng: np.random.Generator) -> Picture:
    """Weathered red bricks in running bond, each of its own shade."""
    picture = Image.new("RGB", WALL, (158, 148, 136))
    draw = ImageDraw.Draw(picture)
    width, height = BRICK
    for row in range(WALL[1] // height + 1):
        for column in range(-1, WALL[0] // width + 1):
            shade = rng.normal(0, 11) + rng.normal(0, 4, 3)
            left, top = column * width + (row % 2) * width // 2, row * height
            colour = tuple(int(c) for c in np.clip(np.array([150, 84, 66]) + shade, 0, 255))
            draw.rounded_rectangle((left + 3, top + 3, left + width - 4, top + height - 4), 4, fill=colour)
    flat = np.asarray(picture, np.float32)
    relief = np.asarray(picture.convert("L"), np.float32)
    edge = (np.roll(relief, 2, 0) - np.roll(relief, -2, 0))[..., None]  # light falls from above
    return flat + 0.12 * edge + 9 * cloud(rng, WALL, 130) + 7 * cloud(rng, WALL, 9) + 6 * cloud(rng, WALL, 3)


def plate(rng: np.random.Generator, font: Path) -> Picture:
    """White enamel with a navy rim, four screws, a little rust below them, light from the upper left."""
    picture = Image.new("RGB", PLATE, (236, 235, 226))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, PLATE[0] - 1, PLATE[1] - 1), outline=NAVY, width=9)
    draw.rectangle((17, 17, PLATE[0] - 18, PLATE[1] - 18), outline=NAVY, width=3)
    for text, size_px, top_px in LINES:
        face = ImageFont.truetype(font, size_px)
        left, _, right, _ = face.getbbox(text)
        draw.text(((PLATE[0] - right - left) / 2, top_px), text, font=face, fill=NAVY)
    stains = Image.new("L", PLATE, 0)
    for x in (44, PLATE[0] - 44):
        for y in (44, PLATE[1] - 44):
            ImageDraw.Draw(stains).polygon([(x - 5, y), (x + 5, y), (x + 2, y + 60), (x - 1, y + 60)], fill=110)
            draw.ellipse((x - 8, y - 8, x + 8, y + 8), fill=(150, 150, 146), outline=(96, 96, 92), width=2)
            draw.line((x - 5, y - 4, x + 5, y + 4), fill=(84, 84, 80), width=2)
    rust = cv2.GaussianBlur(np.asarray(stains, np.float32) / 255, (0, 0), 4)[..., None]
    worn = np.asarray(picture, np.float32) * (1 - rust) + np.array([142, 86, 48], np.float32) * rust
    light = np.linspace(1.05, 0.88, PLATE[0], dtype=np.float32)[None, :, None]
    return (worn + 5 * cloud(rng, PLATE, 90) + 3 * cloud(rng, PLATE, 5)) * light


def make(font: Path, seed: int) -> NDArray[np.uint8]:
    """The whole picture, uint8 (H, W, 3) RGB."""
    rng = np.random.default_rng(seed)
    wall, (left, top), (width, height) = bricks(rng), PLATE_AT, PLATE
    cover = np.zeros((WALL[1], WALL[0]), np.float32)
    cover[top : top + height, left : left + width] = 1
    shadow = cv2.GaussianBlur(np.roll(cover, (16, 22), (0, 1)), (0, 0), 12)[..., None]
    wall *= 1 - 0.6 * shadow
    wall[top : top + height, left : left + width] = plate(rng, font)
    flat = np.array([(0, 0), (WALL[0], 0), WALL, (0, WALL[1])], np.float32)
    view = cv2.getPerspectiveTransform(flat, WALL_CORNERS)
    picture = cv2.warpPerspective(wall, view, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    vignette = (1.06 - 0.16 * (x**2 + y**2) - 0.07 * x).astype(np.float32)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), 0.9) * vignette + rng.normal(0, 2.5, (SIZE[1], SIZE[0], 1))
    return np.clip(np.rint(picture * np.array([1.02, 1.0, 0.95])), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    Image.fromarray(make(Path(sys.argv[1]), seed=2)).save(Path(__file__).parent / "station_sign.jpg", quality=80)
