"""Pairs and an editor without a network, for the tests of `evaluate`."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import models.data
from models.data.assets import Assets
from models.data.glyphs import FONT_FOLDER
from models.data.scenes import Pair
from models.errors import BadTextError
from models.evaluate.paste import glyph_paste
from models.evaluate.protocols import synthetic_pairs
from models.evaluate.protocols_neighbours import NeighbourItem, neighbour_items
from models.evaluate.protocols_reading import MAIN_READER, Readers, load_readers
from models.pipeline.request import Candidate, EditOptions, EditResult, EditTarget, ProgressCallback
from models.reading.words import WordReader
from models.regions.strip import rectify, rectify_mask, strip_frame, unrectify

ASSETS = Assets(
    fonts={"DejaVu Sans": [Path(models.data.__file__).parent / "fonts" / "DejaVuSans.ttf"]},
    photos=[],
    words=["station", "garden", "river", "market", "window", "yellow"],
)


def pairs(count: int, *, seed: int = 7) -> list[Pair]:
    return synthetic_pairs(ASSETS, count, seed=seed)


@cache
def rapidocr() -> Readers:
    """The main reader alone, loaded once."""
    return {MAIN_READER: load_readers()[0][MAIN_READER]}


def sign_item(folder: Path) -> NeighbourItem:
    """A sign of two words, written into `folder`, of which GARDEN is hidden and MARKET is its neighbour."""
    sign = Image.new("RGB", (480, 320), (20, 60, 140))
    font = ImageFont.truetype(str(FONT_FOLDER / "DejaVuSans.ttf"), 60)
    pen = ImageDraw.Draw(sign)
    pen.text((60, 60), "GARDEN", (240, 240, 235), font)
    pen.text((60, 180), "MARKET", (240, 240, 235), font)
    sign.save(folder / "sign.png")
    (item,) = neighbour_items(folder, word_reader(), words=[("sign.png", "GARDEN", "MARKET"), ("other.png", "A", "B")])
    return item


@cache
def word_reader() -> WordReader:
    """Loaded once."""
    return WordReader.load()


class PasteEditor:
    """Edits by the plain paste alone. Refuses texts with a `refused` character."""

    model_name = "paste-editor"

    def __init__(self, refused: str = "") -> None:
        self.refused = refused

    def edit(
        self,
        image: np.ndarray,
        target: EditTarget,
        text: str,
        options: EditOptions,
        *,
        progress: ProgressCallback | None = None,
    ) -> EditResult:
        del progress
        if set(text) & set(self.refused):
            raise BadTextError(f"refused: {text!r}")
        frame = strip_frame(target.quad_px)
        strip = rectify(image, frame)
        pasted = glyph_paste(strip, rectify_mask(target.mask, frame), frame.text_box, text)
        patch, (x0, y0, x1, y1) = unrectify(pasted, frame, image.shape[:2])
        edited = image.copy()
        pixels = np.clip(np.rint(patch), 0, 255).astype(np.uint8)
        np.copyto(edited[y0:y1, x0:x1], pixels, where=target.mask[y0:y1, x0:x1, None])
        return EditResult(
            image=edited,
            candidates=(Candidate(0, "model", options.seed, None, False, None, 0.0, pasted),),
            mask=target.mask,
            changed_outside_mask_px=0,
            text=text,
            options=options,
            switched_on={},
            attempts=1,
            timings_s={},
            source_strip=strip,
            images=(edited,),
        )

    def reconstruct(self, strip: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.GaussianBlur(strip, (3, 3), 0.6), np.uint8)
