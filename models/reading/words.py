"""Finds the words of a photo: RapidOCR's detector, then the recogniser on crops of the full-size picture.

The only file that knows RapidOCR. Each line of text is one `Word` whose characters have places of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from models.reading.recognition import Image, LineRecogniser, Reading
from models.reading.spans import char_spans

Quad = npt.NDArray[np.float64]

_LONG_SIDE_PX = 1984  # the detector sees at most this: 28 px high words of a 24-megapixel photo are still found
_SHORT_SIDE_PX = 736  # smaller pictures are enlarged to it
_COARSE_SIDES_PX = (960, 480)  # further looks: small words on flat ground that the first misses, words too large for it
_TOO_TALL_PX = 120  # as the first look sees it; the detector breaks taller letters into pieces
_MIN_CONFIDENCE = 0.5
_COARSE_MIN_CONFIDENCE = 0.8
_SURE_CONFIDENCE = 0.8  # below it a crop is also read turned by 180°
_TALL_ASPECT = 1.5  # height over width from which a crop is also read turned by 90°


@dataclass(frozen=True, eq=False)
class Word:
    """One line of text, or a part of one.

    `quad_px` (4, 2) corners clockwise from the text's own top-left, `char_height_px` the height of the quad,
    `char_spans` start and end of each character as shares of the quad's width; () where unknown.
    """

    quad_px: Quad
    text: str
    confidence: float
    char_height_px: float
    char_spans: tuple[tuple[float, float], ...] = ()


class WordReader:
    """Finds and reads text. Not safe for several threads at once."""

    def __init__(self, detector: RapidOCR, recogniser: LineRecogniser) -> None:
        self._detector = detector
        self._recogniser = recogniser

    @classmethod
    def load(cls, *, num_threads: int = 2) -> "WordReader":
        """The reader with the models of the installed wheel; nothing is downloaded."""
        detector = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.use_rec": False,
                "Global.max_side_len": _LONG_SIDE_PX,
                "Det.limit_side_len": 32,  # pictures come in the size they are to be seen in
                "EngineConfig.onnxruntime.intra_op_num_threads": num_threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        return cls(detector, LineRecogniser.load(num_threads=num_threads))

    def find(self, image: Image, *, min_confidence: float = _MIN_CONFIDENCE) -> list[Word]:
        """`image` (H, W, 3) uint8 RGB → its lines of text in reading order; at 0 also what looks like text and isn't
        readable.

        Raises ValueError for anything else.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"an image is uint8 (H, W, 3) with at least one pixel, got {image.dtype} {image.shape}")
        scale = min(max(1.0, _SHORT_SIDE_PX / min(image.shape[:2])), _LONG_SIDE_PX / max(image.shape[:2]))
        seen = _scaled(image, scale)
        words = self._read_quads(image, self._detect(seen, image.shape), min_confidence)
        for side_px in _COARSE_SIDES_PX:
            if max(seen.shape[:2]) < 1.5 * side_px:
                continue
            quads = self._detect(_scaled(seen, side_px / max(seen.shape[:2])), image.shape)
            tall_or_missed = [
                quad for quad in quads if min(_size_px(quad)) * scale > _TOO_TALL_PX or not _is_covered(quad, words)
            ]
            for word in self._read_quads(image, tall_or_missed, min_confidence):
                words = _with_coarse(words, word)
        return reading_order(words)

    def look(self, image: Image) -> list[Word]:
        """As `find`, in one look at the picture as large as it is, and in no order: for small parts of a photo."""
        return self._read_quads(image, self._detect(image, image.shape), _MIN_CONFIDENCE)

    def read(self, crop: Image) -> Reading:
        """`crop` (h, w, 3) uint8 RGB with one upright line → its reading, without looking for text in it."""
        return self._recogniser.read(crop)

    def read_many(self, crops: Sequence[Image]) -> list[Reading]:
        """The reading of each crop, in order."""
        return self._recogniser.read_many(crops)

    def text_share(self, image: Image, box: tuple[float, float, float, float]) -> float:
        """How much of the box (x0, y0, x1, y1) in `image` looks like text, readable or not, 0..1."""
        x0, y0, x1, y1 = box
        seen = np.zeros(image.shape[:2], np.uint8)
        for quad in self._detect(_scaled(image, 1.0), image.shape):
            cv2.fillConvexPoly(seen, np.rint(quad).astype(np.int32), 1)
        inside = seen[max(round(y0), 0) : round(y1), max(round(x0), 0) : round(x1)]
        return float(inside.mean()) if inside.size else 0.0

    def _detect(self, seen: Image, full_shape: tuple[int, ...]) -> list[Quad]:
        """The quads of the lines in `seen`, in pixels of the picture of `full_shape` that it was scaled from."""
        boxes = self._detector(np.ascontiguousarray(seen[..., ::-1])).boxes  # RapidOCR takes arrays as BGR
        if boxes is None:
            return []
        scale = np.array([full_shape[1] / seen.shape[1], full_shape[0] / seen.shape[0]])  # (x, y)
        return [np.asarray(box, np.float64) * scale for box in boxes]

    def _read_quads(self, image: Image, quads: Sequence[Quad], min_confidence: float) -> list[Word]:
        """Each quad's text in the turn that reads best; what is read with less confidence is dropped."""
        crops = [_crop(image, quad) for quad in quads]
        readings = self.read_many(crops)
        turns: list[tuple[int, int]] = []  # index, quarter turns
        for index, (crop, reading) in enumerate(zip(crops, readings, strict=True)):
            if crop.shape[0] >= _TALL_ASPECT * crop.shape[1]:
                turns += [(index, 1), (index, 3)]
            elif reading.confidence < _SURE_CONFIDENCE:
                turns.append((index, 2))
        best = [(reading, 0) for reading in readings]
        turned = self.read_many([np.ascontiguousarray(np.rot90(crops[index], turn)) for index, turn in turns])
        for (index, turn), reading in zip(turns, turned, strict=True):
            if _reads_better(reading, best[index][0]):
                best[index] = (reading, turn)
        words = []
        for quad, crop, (reading, turn) in zip(quads, crops, best, strict=True):
            if reading.confidence >= min_confidence and (reading.text or not min_confidence):
                # np.rot90 turns against the clock: the text's own top-left is then the next corner.
                own = np.roll(quad, -turn, axis=0)
                spans = char_spans(np.ascontiguousarray(np.rot90(crop, turn)), reading)
                words.append(Word(own, reading.text, reading.confidence, _size_px(own)[1], spans))
        return words


def reading_order(words: Sequence[Word]) -> list[Word]:
    """Row by row from the top, each row from the left. A word is in a row when their centres differ by < ½ height."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: float(word.quad_px[:, 1].mean())):
        centre_px = float(word.quad_px[:, 1].mean())
        for row in rows:
            if (
                abs(centre_px - float(row[0].quad_px[:, 1].mean()))
                < min(row[0].char_height_px, word.char_height_px) / 2
            ):
                row.append(word)
                break
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda word: float(word.quad_px[:, 0].mean()))]


def _reads_better(turned: Reading, upright: Reading) -> bool:
    """By confidence, but a sure longer text beats a sure shorter one: a turned line often passes for one letter."""
    if turned.confidence >= _SURE_CONFIDENCE and upright.confidence >= _SURE_CONFIDENCE:
        return len(turned.text) > len(upright.text)
    return turned.confidence > upright.confidence


def _with_coarse(words: list[Word], coarse: Word) -> list[Word]:
    """`words` with the pieces inside `coarse` replaced by it, when it is read surely and no piece says more."""
    inside = [word for word in words if _overlap_px2(word.quad_px, coarse.quad_px) > 0.7 * _area_px2(word.quad_px)]
    same_line = len(inside) == 1 and _area_px2(inside[0].quad_px) > 0.5 * _area_px2(coarse.quad_px)
    says_more = any(len(word.text) > len(coarse.text) for word in inside)
    if same_line or says_more or coarse.confidence < _COARSE_MIN_CONFIDENCE:
        return words
    return [word for word in words if word not in inside] + [coarse]


def _is_covered(quad: Quad, words: Sequence[Word]) -> bool:
    """Whether some word is there already."""
    return any(_overlap_px2(quad, word.quad_px) > 0.1 * min(_area_px2(quad), _area_px2(word.quad_px)) for word in words)


def _scaled(image: Image, scale: float) -> Image:
    """`image` at `scale`, the sides rounded to the multiples of 32 that the detector takes."""
    height, width = (max(1, round(side * scale / 32)) * 32 for side in image.shape[:2])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), np.uint8)


def _crop(image: Image, quad: Quad) -> Image:
    """The rectified quad at its own size."""
    width, height = (max(4, round(side)) for side in _size_px(quad))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    homography = cv2.getPerspectiveTransform(quad.astype(np.float32), corners)
    crop = cv2.warpPerspective(
        image, homography, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def _size_px(quad: Quad) -> tuple[float, float]:
    """Mean width and mean height."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)  # top, right, bottom, left
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def _area_px2(quad: Quad) -> float:
    return float(cv2.contourArea(quad.astype(np.float32)))


def _overlap_px2(quad: Quad, other: Quad) -> float:
    return float(cv2.intersectConvexConvex(quad.astype(np.float32), other.astype(np.float32))[0])
