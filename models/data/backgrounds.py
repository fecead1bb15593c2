"""Surfaces without text: photographs, plain and graded boards, panels with borders; and paints for them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.effects import Picture


def sample_background(rng: np.random.Generator, photos: list[NDArray[np.uint8]], size: tuple[int, int]) -> Picture:
    """A float32 (H, W, 3) surface in 0..255 of `size` (h, w): photo 45 %, plain or graded board 35 %, panel 20 %."""
    kind = rng.random()
    if kind < 0.45 and photos:
        return sample_photo(rng, photos, size)
    board = _sample_board(rng, size)
    if photos and rng.random() < 0.4:  # a worn or reflecting surface
        texture = sample_photo(rng, photos, size)
        board = board + np.float32(rng.uniform(0.03, 0.25)) * (texture - texture.mean(axis=(0, 1), keepdims=True))
    if kind > 0.8:
        board = _add_border(rng, board)
    return np.clip(board, 0, 255)


def sample_photo(rng: np.random.Generator, photos: list[NDArray[np.uint8]], size: tuple[int, int]) -> Picture:
    """A crop of a photograph at a random scale, mirrored, softened and flattened now and then."""
    height, width = size
    photo = photos[int(rng.integers(len(photos)))] if photos else np.full((64, 512, 3), 128, np.uint8)
    scale = min(float(rng.uniform(0.4, 2.0)), photo.shape[0] / height, photo.shape[1] / width)
    crop_h, crop_w = int(height * scale), int(width * scale)
    y = int(rng.integers(photo.shape[0] - crop_h + 1))
    x = int(rng.integers(photo.shape[1] - crop_w + 1))
    crop = photo[y : y + crop_h, x : x + crop_w, :: 1 if rng.random() < 0.9 else -1]
    picture = cv2.resize(np.ascontiguousarray(crop), (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(1, 6)))
    if rng.random() < 0.6:
        mean = picture.mean(axis=(0, 1), keepdims=True)
        picture = mean + np.float32(rng.uniform(0.15, 0.9)) * (picture - mean)
    return np.ascontiguousarray(picture, np.float32)


def sample_paint(rng: np.random.Generator, background: Picture) -> NDArray[np.float32]:
    """A colour (3,) for letters on `background`, at least 45 levels of luma away (20 in one case of ten)."""
    luma_weights = np.array([0.299, 0.587, 0.114], np.float32)
    luma = float((background.mean(axis=(0, 1)) * luma_weights).sum())
    floor = 20.0 if rng.random() < 0.1 else 45.0 + 0.15 * float(background.std())
    for _ in range(20):
        if rng.random() < 0.5:
            level = rng.choice([rng.uniform(0, 50), rng.uniform(205, 255)])
            paint = np.clip(level + rng.normal(0, 8, 3), 0, 255)
        else:
            paint = rng.uniform(0, 255, 3)
        if abs(float((paint * luma_weights).sum()) - luma) >= floor:
            return np.asarray(paint, np.float32)
    return np.full(3, 0.0 if luma > 127 else 255.0, np.float32)


def _sample_board(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    height, width = size
    if rng.random() < 0.45:
        colour = np.full(3, rng.choice([rng.uniform(0, 60), rng.uniform(190, 255)])) + rng.normal(0, 8, 3)
    else:
        colour = rng.uniform(0, 255, 3)
    board: Picture = np.broadcast_to(colour.astype(np.float32), (height, width, 3)).astype(np.float32)
    if rng.random() < 0.4:
        corners = rng.normal(0, 25, (2, 2, 3)).astype(np.float32)
        board = board + cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(board, 0, 255), np.float32)


def _add_border(rng: np.random.Generator, board: Picture) -> Picture:
    """A panel's edge or a ruled line near the top or bottom of the strip, perhaps another surface beyond it."""
    height = board.shape[0]
    depth, thickness = int(rng.integers(1, 10)), int(rng.integers(1, 5))
    colour = rng.uniform(0, 255, 3).astype(np.float32)
    board = board.copy()
    rows = slice(depth, depth + thickness) if rng.random() < 0.5 else slice(height - depth - thickness, height - depth)
    board[rows] = colour
    if rng.random() < 0.5:
        beyond = slice(0, depth) if rows.start < height // 2 else slice(height - depth, height)
        board[beyond] = rng.uniform(0, 255, 3).astype(np.float32)
    return board
