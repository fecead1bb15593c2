"""Pairs and an editor without a network, for the tests of `evaluate`."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np

import models.data
from models.data.assets import Assets
from models.data.scenes import Pair
from models.errors import BadTextError
from models.evaluate.paste import glyph_paste
from models.evaluate.protocols import synthetic_pairs
from models.evaluate.protocols_reading import MAIN_READER, Readers, load_readers
from models.pipeline.request import Candidate, EditOptions, EditResult, EditTarget, ProgressCallback
from models.regions.strip import rectify, strip_frame

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


class PasteEditor:
    """Edits by the plain paste alone; strips lie in the photo as they are. Refuses texts with a `refused` character."""

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
        assert strip.shape == image.shape, (strip.shape, image.shape)
        pasted = glyph_paste(strip, target.mask, frame.text_box, text)
        edited = np.where(target.mask[..., None], pasted, image)
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
