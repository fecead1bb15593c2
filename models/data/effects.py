"""How letters lie on a surface and how a camera sees them: paint, shadow, outline, light, blur, noise, JPEG.

A `Look` is drawn once a scene and used for both words of a pair, random fields included. Pictures here are float32
(H, W, 3) RGB in 0..255, coverage float32 (H, W) in [0, 1].
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Coverage = NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """Everything about a scene's appearance that both words share. Sizes in strip pixels."""

    fill: Picture  # (H, W, 3) paint, with its gradient and texture
    opacity: float
    outline_px: int
    outline_colour: NDArray[np.float32]
    shadow_offset_px: tuple[int, int]
    shadow_blur_px: float
    shadow_opacity: float
    extrude_px: tuple[int, int]
    extrude_colour: NDArray[np.float32]
    emboss: float
    light: Coverage  # (H, W) multiplier
    resample: float  # < 1: seen smaller, then enlarged
    resample_mode: int
    blur_px: float
    motion_px: int
    motion_angle: float
    noise: Picture  # (H, W, 3)
    jpeg_quality: int  # 0 = none


def sample_look(rng: np.random.Generator, background: Picture, paint: NDArray[np.float32], texture: Picture) -> Look:
    """Draw a look for letters of colour `paint` on `background`; `texture` is a picture of the same size."""
    height, width = background.shape[:2]
    contrast = 255.0 * (paint.mean() < background.mean())  # the far end from the paint, for outlines
    opposite = np.clip(np.full(3, contrast) + rng.normal(0, 25, 3), 0, 255).astype(np.float32)
    strength = rng.choice([0.0, 0.0, 0.0, 0.0, 4.0, 8.0, 14.0]) * rng.random()
    noise = rng.normal(0, 1, (height, width, 1 if rng.random() < 0.5 else 3)).astype(np.float32) * np.float32(strength)
    has = {
        name: rng.random() < share
        for name, share in dict(
            outline=0.10, shadow=0.16, extrude=0.07, emboss=0.05, light=0.3, small=0.4, blur=0.6, motion=0.06, jpeg=0.5
        ).items()
    }
    return Look(
        fill=_sample_fill(rng, paint, texture),
        opacity=float(rng.uniform(0.8, 1.0)) if rng.random() < 0.3 else 1.0,
        outline_px=int(rng.integers(1, 3)) if has["outline"] else 0,
        outline_colour=opposite,
        shadow_offset_px=(int(rng.integers(-3, 4)), int(rng.integers(-1, 4))),
        shadow_blur_px=float(rng.uniform(0.4, 2.5)),
        shadow_opacity=float(rng.uniform(0.3, 0.8)) if has["shadow"] else 0.0,
        extrude_px=(int(rng.integers(-3, 4)), int(rng.integers(1, 4))) if has["extrude"] else (0, 0),
        extrude_colour=(paint * np.float32(rng.uniform(0.3, 0.7))).astype(np.float32),
        emboss=float(rng.uniform(20, 70)) if has["emboss"] else 0.0,
        light=_sample_light(rng, height, width) if has["light"] else np.ones((height, width), np.float32),
        resample=float(rng.uniform(0.35, 0.95)) if has["small"] else 1.0,
        resample_mode=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_CUBIC])),
        blur_px=float(rng.uniform(0.3, 1.4)) if has["blur"] else 0.0,
        motion_px=int(rng.integers(2, 6)) if has["motion"] else 0,
        motion_angle=float(rng.uniform(0, np.pi)),
        noise=noise,
        jpeg_quality=int(rng.integers(40, 96)) if has["jpeg"] else 0,
    )


def paint_letters(background: Picture, coverage: Coverage, look: Look) -> Picture:
    """Lay the letters on the background: extrusion and shadow first, then outline, fill and relief."""
    picture = background
    if look.shadow_opacity:
        shadow = cv2.GaussianBlur(_shift(coverage, *look.shadow_offset_px), (0, 0), look.shadow_blur_px)
        picture = picture * (1 - look.shadow_opacity * shadow[..., None])
    for step in range(1, max(map(abs, look.extrude_px)) + 1):
        share = step / max(map(abs, look.extrude_px))
        side = _shift(coverage, round(look.extrude_px[0] * share), round(look.extrude_px[1] * share))
        picture = _over(picture, look.extrude_colour, side)
    if look.outline_px:
        size = 2 * look.outline_px + 1
        ring = cv2.dilate(coverage, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        picture = _over(picture, look.outline_colour, ring)
    picture = _over(picture, look.fill, coverage * look.opacity)
    if look.emboss:
        relief = (_shift(coverage, 1, 1) - _shift(coverage, -1, -1)) * np.float32(look.emboss)
        picture = picture - relief[..., None]
    return picture


def photograph(picture: Picture, look: Look) -> NDArray[np.uint8]:
    """The scene as a camera and a file format leave it: light, size, blur, noise, JPEG. Returns uint8 (H, W, 3)."""
    height, width = picture.shape[:2]
    picture = picture * look.light[..., None]
    if look.motion_px:
        picture = cv2.filter2D(picture, -1, _motion_kernel(look.motion_px, look.motion_angle))
    if look.blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), look.blur_px)
    if look.resample < 1.0:
        small = (max(8, round(width * look.resample)), max(8, round(height * look.resample)))
        noise = look.noise[: small[1], : small[0]]
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA) + noise
        picture = cv2.resize(picture, (width, height), interpolation=look.resample_mode)
    else:
        picture = picture + look.noise
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    if look.jpeg_quality:
        _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, look.jpeg_quality])
        decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        pixels = np.ascontiguousarray(decoded[..., ::-1])
    return pixels


def _sample_fill(rng: np.random.Generator, paint: NDArray[np.float32], texture: Picture) -> Picture:
    height, width = texture.shape[:2]
    fill = np.broadcast_to(paint, (height, width, 3)).astype(np.float32)
    if rng.random() < 0.15:
        other = np.clip(paint + rng.normal(0, 45, 3), 0, 255).astype(np.float32)
        ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        fill = fill * (1 - ramp) + other * ramp
    if rng.random() < 0.15:
        amount = np.float32(rng.uniform(0.1, 0.5))
        fill = fill + amount * (texture - texture.mean(axis=(0, 1), keepdims=True))
    return np.clip(fill, 0, 255)


def _sample_light(rng: np.random.Generator, height: int, width: int) -> Coverage:
    corners = rng.uniform(0.6, 1.15, (2, 2)).astype(np.float32)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[no-any-return]


def _over(picture: Picture, colour: NDArray[np.float32], alpha: Coverage) -> Picture:
    return picture + (colour - picture) * alpha[..., None]


def _shift(coverage: Coverage, dx: int, dy: int) -> Coverage:
    shifted = np.zeros_like(coverage)
    height, width = coverage.shape
    source = coverage[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    shifted[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)] = source
    return shifted


def _motion_kernel(length: int, angle: float) -> NDArray[np.float32]:
    kernel = np.zeros((length * 2 + 1, length * 2 + 1), np.float32)
    centre = (length, length)
    tip = (round(length + np.cos(angle) * length / 2), round(length + np.sin(angle) * length / 2))
    tail = (round(length - np.cos(angle) * length / 2), round(length - np.sin(angle) * length / 2))
    cv2.line(kernel, tail, tip, 1.0)
    kernel[centre] = 1.0
    return np.asarray(kernel / kernel.sum(), np.float32)
