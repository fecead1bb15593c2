"""One example of text in a picture, as the family of square crops trains and is evaluated on. Knows no data set."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TextBox = tuple[int, int, int, int]  # x0, y0, x1, y1 in crop px, the ends excluded


@dataclass(frozen=True, eq=False)
class CropSample:
    """A crop (S, S) with one text in it: S is the model's size, 512 px as published.

    `image` uint8 (S, S, 3) RGB. `mask` bool (S, S), True = repaint: the text's area. `char_masks` bool (L, S, S), one
    for each character of `text`, or None where the data has none. `text_box`: the text's bounds. `name`: where it
    is from.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    text: str
    text_box: TextBox
    char_masks: NDArray[np.bool_] | None = None
    name: str = ""
