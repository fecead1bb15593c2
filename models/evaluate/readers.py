"""What judges the words of the published protocol: anything that reads crops of one word each. Ours is the default."""

from collections.abc import Sequence
from typing import Protocol

from models.evaluate.metrics import Image
from models.reading.recognition import LineRecogniser


class TextReader(Protocol):
    """Reads upright words. `name` stands in the tables."""

    @property
    def name(self) -> str: ...

    def read(self, crops: Sequence[Image]) -> list[str]:
        """Crops uint8 (h, w, 3) RGB of one word each, of any size → their texts, in order."""
        ...


class OwnReader:
    """The recogniser that also verifies edits; it was in the built-in model's training loss."""

    name = "RapidOCR"

    def __init__(self, recogniser: LineRecogniser) -> None:
        self._recogniser = recogniser

    @classmethod
    def load(cls) -> "OwnReader":
        return cls(LineRecogniser.load())

    def read(self, crops: Sequence[Image]) -> list[str]:
        return [reading.text for reading in self._recogniser.read_many(crops)]
