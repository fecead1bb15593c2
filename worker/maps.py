"""A drawing's attention maps, from the model's array to a small grey PNG and what is to be said of it."""

from typing import TYPE_CHECKING

import cv2

from worker.contract import CandidateMaps, MappedCharacter

if TYPE_CHECKING:
    from models.pipeline import CharacterMaps


def sheet_of(maps: "CharacterMaps") -> bytes:
    """The maps one below another as a PNG, 8 bits grey."""
    count, height, width = maps.heat.shape
    _, png = cv2.imencode(".png", maps.heat.reshape(count * height, width))
    return png.tobytes()


def described(maps: "CharacterMaps", sha256: str) -> CandidateMaps:
    """For the record; `sha256` is the sheet's."""
    _, height, width = maps.heat.shape
    characters = zip(maps.text, maps.peaks, strict=True)
    return CandidateMaps(
        sha256=sha256,
        width=width,
        height=height,
        quad_px=maps.quad_px.round(2).tolist(),
        characters=tuple(MappedCharacter(character=one, peak=round(peak, 4)) for one, peak in characters),
    )
