"""Reads a candidate back as it stands in the photo, compares its style, and puts candidates in order."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.pipeline.detail import FineDraft, sharper
from models.pipeline.request import Candidate, CharacterMaps, Image
from models.pipeline.scene import Scene, read_window
from models.reading.ranking import Candidate as Rankable
from models.reading.ranking import char_errors, comparable, rank, score, style_distance, verified
from models.reading.words import WordReader
from models.regions.composite import composite, feather_within
from models.regions.quad import Mask
from models.regions.strip import TEXT_HEIGHT_PX, rectify, unrectify

_FEATHER_SHARE = 0.05  # of the text's height in the photo
_WORST_STYLE = 4.0


@dataclass(frozen=True, eq=False)
class Check:
    """A candidate, the photo with it, and what its rank depends on."""

    candidate: Candidate
    image: Image
    rankable: Rankable


def lay_strip(image: Image, mask: Mask, scene: Scene, strip: Image, *, feather_px: float | None) -> Image:
    """The photo with the strip in it; `feather_px` is that of `EditOptions`."""
    image_hw = (image.shape[0], image.shape[1])
    coarse = strip - scene.texture.strip_levels * (1 - scene.draft.coverage[..., None])
    letters = None if scene.fine_draft is None else sharper(scene.fine_draft, strip, scene.draft)
    if letters is not None:
        coarse -= letters.taken
    patch, box = unrectify(coarse, scene.frame, image_hw)
    patch += scene.texture.levels * (1 - _letters_in_photo(scene, image_hw)[..., None])
    if scene.fine_draft is not None and letters is not None:
        patch += unrectify(letters.added, scene.frame, image_hw, finer=scene.fine_draft.finer)[0]
    area, soft_px = _repainted(mask, scene, feather_px)
    return composite(image, patch, area, box, feather_px=soft_px)


def check(
    edited: Image,
    scene: Scene,
    strip: Image,
    *,
    reader: WordReader | None,
    index: int,
    kind: Literal["model", "typeset"],
    seed: int,
    maps: CharacterMaps | None,
) -> Check:
    """Take the drawing out of the photo again, and read it: what is judged is what the user gets."""
    seen = rectify(edited, scene.frame)
    style = _style_distance(scene, seen)
    if reader is None:
        rankable = Rankable(
            verified=False, char_errors=0, min_char_confidence=0.0, style_distance=style, face_order=scene.face_order
        )
        candidate = Candidate(index, kind, seed, None, False, None, round(score(rankable), 4), strip, maps)
        return Check(candidate, edited, rankable)
    reading = reader.read(read_window(seen, scene.frame.text_box))
    if scene.text:
        is_right = verified(scene.text, reading.text)
        errors = char_errors(comparable(scene.text), comparable(reading.text))
        confidence = min(reading.char_confidences, default=0.0)
    else:
        remains = [c for c in reading.text if c.isalnum()] if reading.confidence >= 0.5 else []
        is_right, errors, confidence = not remains, len(remains), 1.0 - reading.confidence
    rankable = Rankable(
        verified=is_right,
        char_errors=errors,
        min_char_confidence=confidence,
        style_distance=style,
        face_order=scene.face_order,
    )
    candidate = Candidate(index, kind, seed, reading.text, is_right, errors, round(score(rankable), 4), strip, maps)
    return Check(candidate, edited, rankable)


def order(checks: list[Check]) -> list[Check]:
    """Best first. A typeset candidate stands behind every verified one of the model, as it has no model's style."""
    return [checks[i] for i in rank([check.rankable for check in checks])]


def _repainted(mask: Mask, scene: Scene, feather_px: float | None) -> tuple[Mask, float]:
    """What of the photo shows the strip, bool (H, W), and over how many pixels from its edge it fades in."""
    if feather_px is None:
        text_height_px = TEXT_HEIGHT_PX * scene.frame.photo_px_per_strip_px
        return mask & _in_photo(scene.touched, scene, mask.shape), max(1.0, _FEATHER_SHARE * text_height_px)
    area = mask & _in_photo(scene.strip_mask, scene, mask.shape)
    return area, feather_within(area, feather_px)


def _in_photo(strip_mask: Mask, scene: Scene, image_hw: tuple[int, ...]) -> Mask:
    """A mask of the scene's strip as one of the photo, bool (H, W)."""
    patch, (x0, y0, x1, y1) = unrectify(strip_mask.astype(np.float32), scene.frame, (image_hw[0], image_hw[1]))
    seen = np.zeros(image_hw, np.bool_)
    seen[y0:y1, x0:x1] = patch > 0.5
    return seen


def _letters_in_photo(scene: Scene, image_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Coverage of the new letters, (h, w) in [0, 1], where the strip lies in the photo."""
    fine = scene.fine_draft or FineDraft(scene.draft.coverage, 1)
    return np.clip(unrectify(fine.coverage, scene.frame, image_hw, finer=fine.finer)[0], 0, 1)


def _style_distance(scene: Scene, seen: Image) -> float:
    if scene.style_strip is None or not scene.text:
        return 0.0
    box = np.zeros(scene.strip.shape[:2], np.bool_)
    x0, y0, x1, y1 = (round(v) for v in scene.frame.text_box)
    box[max(y0, 0) : y1, max(x0, 0) : x1] = True
    return min(style_distance(seen, scene.style_strip, candidate_mask=box, source_mask=box).total, _WORST_STYLE)
