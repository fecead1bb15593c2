"""The readers that judge edits: RapidOCR's recogniser, and Tesseract as a second opinion where it is installed.

The only file that knows Tesseract. RapidOCR's recogniser was in the training loss; Tesseract never was.
"""

import importlib.util
import math
import shutil
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.evaluate.metrics import Box, Image
from models.reading.recognition import LineRecogniser

MARGIN_PX = 4  # around the text box
MAIN_READER = "rapidocr"

Readers = dict[str, Callable[[Sequence[Image]], list[str]]]  # crops of one line each → their texts

_TESSERACT_CONFIG = "--psm 7"  # one line of text
_TESSERACT_RIM_PX = 10  # measured on true targets: with rim and dark on bright it reads 0.65, plain crops 0.60


def load_readers(*, num_threads: int = 1) -> tuple[Readers, list[str]]:
    """The readers by name, the main one first, and notes on those that are left out."""
    recogniser = LineRecogniser.load(num_threads=num_threads)
    readers: Readers = {MAIN_READER: lambda crops: [reading.text for reading in recogniser.read_many(crops)]}
    if importlib.util.find_spec("pytesseract") is None or shutil.which("tesseract") is None:
        return readers, ["tesseract isn't installed: no second reader"]
    return {**readers, "tesseract": read_with_tesseract}, []


def text_crop(picture: Image, box: Box) -> Image:
    """The text box of a picture (H, W, 3), grown by `MARGIN_PX` as far as the picture goes."""
    height, width = picture.shape[:2]
    x0, y0 = (max(0, math.floor(value) - MARGIN_PX) for value in box[:2])
    x1, y1 = (min(side, math.ceil(value) + MARGIN_PX) for value, side in zip(box[2:], (width, height), strict=True))
    return np.ascontiguousarray(picture[y0:y1, x0:x1])


def read_with_tesseract(crops: Sequence[Image]) -> list[str]:
    """Each crop's text, of one line; the picture is given as dark letters on a bright ground."""
    import pytesseract

    texts = (pytesseract.image_to_string(_dark_on_bright(crop), config=_TESSERACT_CONFIG) for crop in crops)
    return [" ".join(text.split()) for text in texts]


def _dark_on_bright(crop: Image) -> NDArray[np.uint8]:
    """(h, w, 3) → (h + rim, w + rim) grey; the ground is what most of the border is made of."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    _, bright = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    upright = grey if border.mean() > 0.5 else 255 - grey
    rim = (_TESSERACT_RIM_PX,) * 4
    return np.asarray(cv2.copyMakeBorder(upright, *rim, cv2.BORDER_REPLICATE), np.uint8)
