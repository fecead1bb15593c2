"""Small data sets in their original formats, written to disk as they are published."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.io import savemat

from models.data.glyphs import FONT_FOLDER

Box = tuple[int, int, int, int]  # left, top, right, bottom


def sign(size: tuple[int, int], words: Mapping[str, Box]) -> Image.Image:
    """A graded picture of (w, h) px with words, dark, each filling its box."""
    shade = np.linspace(150, 235, size[0])[None, :, None] + np.linspace(0, 15, size[1])[:, None, None]
    picture = Image.fromarray(np.broadcast_to(shade, (size[1], size[0], 3)).astype(np.uint8))
    font = ImageFont.truetype(str(FONT_FOLDER / "DejaVuSans-Bold.ttf"), 100)
    for word, (left, top, right, bottom) in words.items():
        x0, y0, x1, y1 = font.getbbox(word)
        stencil = Image.new("L", (int(x1 - x0), int(y1 - y0)))
        ImageDraw.Draw(stencil).text((-x0, -y0), word, 255, font)
        stencil = stencil.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
        picture.paste((25, 30, 60), (left, top), stencil)
    return picture


def corners(box: Box) -> list[int]:
    left, top, right, bottom = box
    return [left, top, right, top, right, bottom, left, bottom]


def write_icdar13(root: Path, pictures: Mapping[str, Image.Image], lines: Mapping[str, Sequence[str]]) -> Path:
    """`val/annos/gt_{name}.txt` and `val/images/{name}.jpg`."""
    for folder in ("annos", "images"):
        (root / "val" / folder).mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        picture.save(root / "val" / "images" / f"{name}.jpg", quality=95)
    for name, rows in lines.items():
        (root / "val" / "annos" / f"gt_{name}.txt").write_text("".join(f"{row}\r\n" for row in rows), "utf-8-sig")
    return root


def icdar_line(word: str, box: Box) -> str:
    return f'{", ".join(map(str, box))}, "{word}"'


def write_textseg(root: Path, name: str, picture: Image.Image, entries: Any, mask: np.ndarray) -> Path:
    """`val/image/{name}.jpg`, `val/annotation/{name}_anno.json`, `{name}_mask.png`; `mask` (H, W, 3)."""
    for folder in ("annotation", "image"):
        (root / "val" / folder).mkdir(parents=True, exist_ok=True)
    picture.save(root / "val" / "image" / f"{name}.jpg")
    (root / "val" / "annotation" / f"{name}_anno.json").write_text(json.dumps(entries))
    Image.fromarray(mask).save(root / "val" / "annotation" / f"{name}_mask.png")
    Image.fromarray(mask).save(root / "val" / "annotation" / f"{name}_maskeff.png")
    return root


def textseg_entry(text: str, box: Box, values: Sequence[int | list[int]]) -> dict[str, Any]:
    characters = {str(i): {"text": c, "mask_value": v} for i, (c, v) in enumerate(zip(text, values, strict=True))}
    return {"text": text, "bbox": corners(box), "char": characters}


def write_synthtext(root: Path, pictures: Mapping[str, Image.Image], rows: Sequence[tuple[str, Any, Any, Any]]) -> Path:
    """`gt.mat` as MATLAB writes it; `rows` are (picture's name, lines, wordBB, charBB)."""
    root.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(root / name)
    fields = {"imnames": 0, "txt": 1, "wordBB": 2, "charBB": 3}
    cells = {name: np.empty((1, len(rows)), object) for name in fields}
    for at, row in enumerate(rows):
        for name, column in fields.items():
            cells[name][0, at] = np.array(row[column])
    savemat(root / "gt.mat", cells)
    return root


def boxes(*some: Box) -> np.ndarray:
    """wordBB or charBB: (2, 4, N), or (2, 4) for one as MATLAB has it."""
    stacked = np.array([np.reshape(corners(box), (4, 2)) for box in some], np.float64).transpose(2, 1, 0)
    return stacked[..., 0] if len(some) == 1 else stacked


def write_laion(root: Path, number: str, picture: Image.Image | bytes, lines: Sequence[str], classes: Any) -> Path:
    """`val/{number}/` with `image.jpg`, `ocr.txt`, `charseg.npy`."""
    folder = root / "val" / number
    folder.mkdir(parents=True)
    if isinstance(picture, bytes):
        (folder / "image.jpg").write_bytes(picture)
    else:
        picture.save(folder / "image.jpg")
    (folder / "ocr.txt").write_text("".join(f"{line}\n" for line in lines))
    if isinstance(classes, bytes):
        (folder / "charseg.npy").write_bytes(classes)
    else:
        np.save(folder / "charseg.npy", classes)
    return root


def filled(shape: tuple[int, int], *some: Box) -> np.ndarray:
    """bool (H, W), True in the boxes, their right and lower ends excluded."""
    mask = np.zeros(shape, np.bool_)
    for left, top, right, bottom in some:
        mask[top:bottom, left:right] = True
    return mask
