"""Makes `cafe_sign.jpg`, the sample that `make run` edits: a painted board on a plastered wall, seen at an angle.

`python examples/make_cafe_sign.py FONT` with any bold font; the committed picture has Karla ExtraBold, a family that
the built-in model was not trained on.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE = (960, 640)  # (w, h)
BOARD = (620, 330)  # (w, h)
CORNERS = np.array([(150, 150), (800, 95), (815, 470), (165, 440)], np.float32)  # of the board in the picture
LINES = (("CAFE", 96, 26), ("OPEN", 128, 146))  # text, font size px, top px

Picture = NDArray[np.float32]


def cloud(rng: np.random.Generator, size: tuple[int, int], cell_px: int) -> Picture:
    """Smooth noise (H, W, 1), about -1 to 1, in patches of `cell_px`."""
    width, height = size
    coarse = rng.normal(0, 0.5, (height // cell_px + 2, width // cell_px + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)[..., None]


def wall(rng: np.random.Generator) -> Picture:
    """Ochre plaster with light from the upper left."""
    x, y = np.meshgrid(np.linspace(0, 1, SIZE[0]), np.linspace(0, 1, SIZE[1]))
    light = (1.1 - 0.3 * x - 0.2 * y).astype(np.float32)[..., None]
    grain = sum(strength * cloud(rng, SIZE, cell) for cell, strength in ((120, 9), (24, 7), (3, 6)))
    return (np.array([196, 168, 128], np.float32) + grain) * light


def board(rng: np.random.Generator, font: Path) -> Picture:
    """A green board with a cream border and two lines of worn cream letters."""
    picture = Image.new("RGB", BOARD, (28, 78, 66))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((10, 10, BOARD[0] - 11, BOARD[1] - 11), outline=(226, 214, 184), width=5)
    for text, size_px, top_px in LINES:
        face = ImageFont.truetype(font, size_px)
        left, _, right, _ = face.getbbox(text)
        draw.text(((BOARD[0] - right - left) / 2, top_px), text, font=face, fill=(232, 220, 190))
    worn = np.asarray(picture, np.float32) + 7 * cloud(rng, BOARD, 60) + 6 * cloud(rng, BOARD, 4)
    return worn * (1.06 - 0.16 * np.linspace(0, 1, BOARD[0], dtype=np.float32))[None, :, None]


def make(font: Path, seed: int) -> NDArray[np.uint8]:
    """The whole picture, uint8 (H, W, 3) RGB."""
    rng = np.random.default_rng(seed)
    flat = np.array([(0, 0), (BOARD[0], 0), BOARD, (0, BOARD[1])], np.float32)
    homography = cv2.getPerspectiveTransform(flat, CORNERS)
    cover = cv2.warpPerspective(np.ones(BOARD[::-1], np.float32), homography, SIZE)[..., None]
    shadow = cv2.GaussianBlur(np.roll(cover[..., 0], (14, 10), (0, 1)), (0, 0), 9)[..., None]
    picture = wall(rng) * (1 - 0.55 * shadow)
    picture = picture * (1 - cover) + cv2.warpPerspective(board(rng, font), homography, SIZE) * cover
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8) + rng.normal(0, 3, (SIZE[1], SIZE[0], 1))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    Image.fromarray(make(Path(sys.argv[1]), seed=1)).save(Path(__file__).parent / "cafe_sign.jpg", quality=92)
