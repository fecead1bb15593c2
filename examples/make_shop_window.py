"""Makes `shop_window.jpg`, a sample of the editor: gilt letters over a shop's window in the evening.

`python examples/make_shop_window.py FONT` with any bold serif font; the committed picture has the repository's
serif-bold.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from make_cafe_sign import Picture, cloud
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (900, 1125)  # (w, h)
FRONT = (1000, 1250)  # (w, h), seen from the front
CORNERS = np.array([(-30, -44), (960, -12), (950, 1180), (-46, 1140)], np.float32)  # of the front in the picture
FASCIA_PX = 330  # the wooden board at the top
GLASS = (90, 410, 910, 1130)  # left, top, right, bottom
NAME = ("BAKERY", 168, 70)  # text, font size px, top px
ON_GLASS = (("Fresh Bread", 92, 520), ("OPEN DAILY", 66, 660))
WOOD = np.array([26, 58, 52], np.float32)


def wood(rng: np.random.Generator) -> Picture:
    """Painted boards, with panels that stand out a little."""
    picture = np.broadcast_to(WOOD, (FRONT[1], FRONT[0], 3)).copy()
    grain = cv2.resize(cloud(rng, (FRONT[0] // 40, FRONT[1]), 3)[..., 0], FRONT, interpolation=cv2.INTER_CUBIC)
    picture += 5 * grain[..., None] + 5 * cloud(rng, FRONT, 160)
    left, top, right, bottom = GLASS
    for inset, box in ((26, (36, 36, 964, FASCIA_PX - 20)), (0, (left - 26, top - 26, right + 26, bottom + 26))):
        for step in range(8):
            x0, y0, x1, y1 = (box[0] + step, box[1] + step, box[2] - step, box[3] - step)
            light = 26 - 3 * step if inset else 20 - 2 * step
            picture[y0 : y0 + 1, x0:x1] -= light
            picture[y1 - 1 : y1, x0:x1] += light
            picture[y0:y1, x0 : x0 + 1] -= light / 2
            picture[y0:y1, x1 - 1 : x1] += light / 2
    picture[FASCIA_PX : FASCIA_PX + 26] = WOOD * 1.7  # a ledge, and its shadow
    picture[FASCIA_PX + 26 : FASCIA_PX + 60] *= np.linspace(0.45, 1, 34, dtype=np.float32)[:, None, None]
    return picture


def room(rng: np.random.Generator) -> Picture:
    """What is seen through the glass, out of focus: warm lamps, shelves, loaves."""
    left, top, right, bottom = GLASS
    size = (right - left, bottom - top)
    picture = Image.new("RGB", size, (62, 40, 26))
    draw = ImageDraw.Draw(picture)
    for y in (400, 560, 706):
        draw.rectangle((0, y, size[0], y + 14), fill=(116, 74, 42))
        for x in range(10, size[0], 96):
            shade = int(rng.integers(-18, 18))
            wide = 70 + int(rng.integers(-14, 10))
            draw.ellipse((x, y - 62, x + wide, y + 6), fill=(178 + shade, 118 + shade, 62 + shade // 2))
    blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(13)), np.float32)
    lamps = Image.new("RGB", size)
    for x in (120, 410, 700):
        ImageDraw.Draw(lamps).ellipse((x - 44, 30, x + 44, 118), fill=(255, 206, 130))
    lit = np.asarray(lamps, np.float32)
    return blurred + cv2.GaussianBlur(lit, (0, 0), 9) + 1.5 * cv2.GaussianBlur(lit, (0, 0), 90)


def glass(rng: np.random.Generator, font: Path) -> Picture:
    """The room, white letters on the pane, and the evening sky that it mirrors."""
    left, top, right, bottom = GLASS
    pane = room(rng)
    width, height = right - left, bottom - top
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    streak = np.clip(1 - np.abs(x + 0.45 * y - 0.62) * 5, 0, 1) + np.clip(1 - np.abs(x + 0.45 * y - 1.02) * 9, 0, 1)
    sky = np.array([120, 140, 170], np.float32)
    pane = pane + sky * (0.16 * streak + 0.18 * (1 - y) ** 2)[..., None].astype(np.float32)
    letters = Image.new("L", FRONT)
    for text, size_px, top_px in ON_GLASS:
        _centred(letters, text, ImageFont.truetype(font, size_px), top_px)
    ink = np.asarray(letters, np.float32)[top:bottom, left:right, None] / 255
    shadow = cv2.GaussianBlur(np.roll(ink[..., 0], (5, 4), (0, 1)), (0, 0), 4)[..., None]
    pane *= 1 - 0.4 * shadow
    return pane * (1 - ink) + np.array([244, 240, 228], np.float32) * ink


def gilt(picture: Picture, font: Path) -> Picture:
    """The shop's name in gold, with a dark edge below and to the right."""
    letters = Image.new("L", FRONT)
    text, size_px, top_px = NAME
    _centred(letters, text, ImageFont.truetype(font, size_px), top_px)
    ink = np.asarray(letters, np.float32)[..., None] / 255
    edge = np.maximum.reduce([np.roll(ink, (step, step), (0, 1)) for step in range(1, 9)])
    picture = picture * (1 - edge) + np.array([58, 40, 14], np.float32) * edge
    shine = np.linspace(0, 1, size_px, dtype=np.float32)
    rows = np.zeros(FRONT[1], np.float32)
    rows[top_px + 20 : top_px + 20 + size_px] = np.sin(shine * np.pi) ** 2
    gold = np.array([190, 142, 58], np.float32) + np.array([52, 62, 70], np.float32) * rows[:, None, None]
    return picture * (1 - ink) + gold * ink


def make(font: Path, seed: int) -> NDArray[np.uint8]:
    """The whole picture, uint8 (H, W, 3) RGB."""
    rng = np.random.default_rng(seed)
    left, top, right, bottom = GLASS
    front = gilt(wood(rng), font)
    front[top:bottom, left:right] = glass(rng, font)
    flat = np.array([(0, 0), (FRONT[0], 0), FRONT, (0, FRONT[1])], np.float32)
    view = cv2.getPerspectiveTransform(flat, CORNERS)
    picture = cv2.warpPerspective(front, view, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    glow = cv2.GaussianBlur(np.clip(picture - 190, 0, 255), (0, 0), 22)
    picture = cv2.GaussianBlur(picture + 0.5 * glow, (0, 0), 0.8) + rng.normal(0, 2.5, (SIZE[1], SIZE[0], 1))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _centred(picture: Image.Image, text: str, face: ImageFont.FreeTypeFont, top_px: int) -> None:
    left, _, right, _ = face.getbbox(text)
    ImageDraw.Draw(picture).text(((FRONT[0] - right - left) / 2, top_px), text, font=face, fill=255)


if __name__ == "__main__":
    Image.fromarray(make(Path(sys.argv[1]), seed=3)).save(Path(__file__).parent / "shop_window.jpg", quality=84)
