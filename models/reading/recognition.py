"""Reads crops of one line each with the recogniser of the `rapidocr` wheel on onnxruntime. Knows nothing of photos."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from models.nets.recogniser import BLANK_ID, HEIGHT_PX, character_list, recogniser_path

_BATCH_SIZE = 8
_WIDTH_STEP_PX = 32  # crops of one padded width share a batch; so a reading doesn't depend on its companions

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Reading:
    """What a crop says. Confidences and centres (shares of the crop's width) have one entry a character."""

    text: str
    confidence: float  # the mean over the characters; 0 for no text
    char_confidences: tuple[float, ...]
    char_centres: tuple[float, ...]


class LineRecogniser:
    """Recognition alone: crops with one upright line of text → readings."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._characters = character_list(session.get_modelmeta().custom_metadata_map["character"])
        self._input_name = session.get_inputs()[0].name

    @classmethod
    def load(cls, *, num_threads: int = 2) -> "LineRecogniser":
        """Raises FileNotFoundError when the installed wheel lacks the model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        path = str(recogniser_path())
        return cls(onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]))

    def read(self, crop: Image) -> Reading:
        """`crop` (h, w, 3) RGB of one line → its reading."""
        return self.read_many([crop])[0]

    def read_many(self, crops: Sequence[Image]) -> list[Reading]:
        """The reading of each crop, in order; each the same as when read alone."""
        lines = [to_line(crop) for crop in crops]
        by_width: dict[int, list[int]] = defaultdict(list)
        for index, line in enumerate(lines):
            by_width[-(-line.shape[1] // _WIDTH_STEP_PX) * _WIDTH_STEP_PX].append(index)
        readings: dict[int, Reading] = {}
        for width, indices in by_width.items():
            for start in range(0, len(indices), _BATCH_SIZE):
                batch = indices[start : start + _BATCH_SIZE]
                images = np.zeros((len(batch), 3, HEIGHT_PX, width), np.float32)
                for row, index in enumerate(batch):
                    pixels = lines[index][..., ::-1].astype(np.float32) / 127.5 - 1  # the network wants BGR
                    images[row, :, :, : pixels.shape[1]] = pixels.transpose(2, 0, 1)
                (probabilities,) = self._session.run(None, {self._input_name: images})
                for row, index in enumerate(batch):
                    readings[index] = self._decode(probabilities[row], width / lines[index].shape[1])
        return [readings[index] for index in range(len(crops))]

    def _decode(self, probabilities: npt.NDArray[np.float32], padded: float) -> Reading:
        """Greedy CTC over (T, num_classes); `padded` is the padded width over the crop's own."""
        best = probabilities.argmax(-1).tolist()
        highest = probabilities.max(-1)
        characters, confidences, centres = [], [], []
        step = 0
        for class_id, run in groupby(best):
            length = len(list(run))
            if class_id != BLANK_ID:
                characters.append(self._characters[class_id])
                confidences.append(float(highest[step : step + length].max()))
                centres.append(min(1.0, (step + length / 2) / len(best) * padded))
            step += length
        blanks = [character.isspace() for character in characters]
        first = blanks.index(False) if False in blanks else len(blanks)
        last = len(blanks) - blanks[::-1].index(False) if False in blanks else len(blanks)
        return Reading(
            text="".join(characters[first:last]),
            confidence=float(np.mean(confidences[first:last])) if first < last else 0.0,
            char_confidences=tuple(confidences[first:last]),
            char_centres=tuple(centres[first:last]),
        )


def to_line(crop: Image) -> Image:
    """`crop` (h, w, 3) → (48, w·48/h, 3). Raises ValueError for anything that is not a picture in uint8."""
    if crop.dtype != np.uint8 or crop.ndim != 3 or crop.shape[2] != 3 or 0 in crop.shape:
        raise ValueError(f"a crop is uint8 (h, w, 3) with at least one pixel, got {crop.dtype} {crop.shape}")
    height, width = crop.shape[:2]
    size = (max(8, -(-width * HEIGHT_PX // height)), HEIGHT_PX)  # (w, h)
    interpolation = cv2.INTER_AREA if height > 2 * HEIGHT_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, size, interpolation=interpolation), np.uint8)
