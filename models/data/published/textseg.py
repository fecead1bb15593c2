"""TextSeg: `{split}/image/x.jpg`, `{split}/annotation/x_anno.json` with words and characters, beside it `x_mask.png`.

A character's pixels have its `mask_value` in all three channels, or its three values. Equal letters of a word share
their pixels, as published.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.published.source import (
    PlacedWord,
    Skipped,
    SkippedError,
    as_polygon,
    check_layout,
    cleaned,
    in_square,
    malformed,
    open_picture,
    placed,
)
from models.errors import BadDataError
from models.regions.crop import CropFrame
from models.regions.strip import Image

_SUFFIX = "_anno.json"
_UNREADABLE = "#"  # stands for a character that the annotators couldn't read


class TextSeg:
    """One split. Raises BadDataError."""

    name = "TextSeg"

    def __init__(self, root: Path, split: str) -> None:
        check_layout(self.name, root, [f"{split}/image", f"{split}/annotation"])
        self._images, self._folder = root / split / "image", root / split / "annotation"
        self._stems = sorted(path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        if not self._stems:
            raise BadDataError(f"{self.name} has its words in {self._folder}/*{_SUFFIX}, of which there are none")

    @property
    def num_pictures(self) -> int:
        return len(self._stems)

    def words(self, picture: int) -> Sequence[PlacedWord | Skipped]:
        stem = self._stems[picture]
        try:
            entries = json.loads((self._folder / f"{stem}{_SUFFIX}").read_text("utf-8"))
        except ValueError:  # of JSON and of UTF-8
            return [malformed(stem, "broken json")]
        if not isinstance(entries, dict):
            return [malformed(stem, "json that isn't words by their ids")]
        return [_word(f"{stem}:{key}", entry) for key, entry in entries.items()]

    def image(self, picture: int) -> Image:
        return open_picture(self._images / f"{self._stems[picture]}.jpg")

    def char_masks(
        self, picture: int, word: PlacedWord, frame: CropFrame, image_hw: tuple[int, int]
    ) -> NDArray[np.bool_] | None:
        values = word.chars
        if values is None:
            raise ValueError(f"{word.name} has no mask values")
        whole = open_picture(self._folder / f"{self._stems[picture]}_mask.png")
        if whole.shape[:2] != image_hw:
            raise SkippedError("a mask of another size than its picture", "malformed")
        labels = in_square(whole, frame)
        by_letter = {
            letter: cleaned(
                np.any([(labels == values[at]).all(axis=2) for at, c in enumerate(word.text) if c == letter], axis=0),
                openings=2,
                dilations=7,
            )
            for letter in dict.fromkeys(word.text)
        }
        return np.stack([by_letter[letter] for letter in word.text]) > 0


def _word(name: str, entry: Any) -> PlacedWord | Skipped:
    try:
        text, box, characters = entry["text"], entry["bbox"], list(entry["char"].values())
        letters = [character["text"] for character in characters]
        values = np.array([_rgb(character) for character in characters], np.int32).reshape(-1, 3)
        numbers = np.array(box, np.float64).reshape(8)
        joined = "".join(letters)
    except (TypeError, KeyError, AttributeError, ValueError, OverflowError):
        return malformed(name, "an entry without text, bbox of 8 numbers, and characters with text and mask_value")
    if not isinstance(text, str):
        return malformed(name, "a text that isn't a string")
    if _UNREADABLE in text:
        return Skipped(name, "a character that nobody could read (#)", "filtered")
    if joined != text or len(letters) != len(text):
        return Skipped(name, "characters that don't make up the word", "filtered")
    return placed(name, text, as_polygon(numbers), values)


def _rgb(character: Mapping[str, Any]) -> list[int]:
    value = character["mask_value"]
    channels = [value] * 3 if isinstance(value, int) else [int(channel) for channel in value]
    if len(channels) != 3 or not all(0 <= channel <= 255 for channel in channels):
        raise ValueError(f"a mask value is one number or three, 0 to 255, got {value!r}")
    return channels
