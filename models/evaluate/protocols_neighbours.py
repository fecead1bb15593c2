"""Words of real signs, hidden and drawn again in the style of a neighbour: real pictures whose truth is known.

The hidden word is painted over before the model sees the photo, and nothing is said of what stood there: size, face,
weight and colours come from the neighbour alone. Knows the door, the photos' names and our own detector.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from models.config import SamplerConfig
from models.evaluate.metrics import Image
from models.evaluate.outcomes import Drawn, Subject
from models.evaluate.paste import glyph_paste
from models.evaluate.protocols import Editor, Progress, best_of, draft_only, edit_both, edit_item
from models.evaluate.protocols_photos import around_quad, open_photo
from models.pipeline.request import EditTarget
from models.reading.matching import match_words
from models.reading.words import Word, WordReader
from models.regions.ink import estimate_ink
from models.regions.quad import Mask, Quad, quad_mask
from models.regions.strip import StripFrame, rectify, rectify_mask, strip_frame, unrectify

# (photo, hidden word, its neighbour), as `respell edit --find` and `--style-from` name them. Neighbours are of the same
# face, and their quads don't overlap the hidden word's.
NEIGHBOURS = (
    ("freeway_sign.png", "DEARBORN", "ENGINE"),
    ("freeway_sign.png", "ENGINE", "MEDICAL"),
    ("freeway_sign.png", "PLANT", "DEARBORN"),
    ("freeway_sign.png", "MEDICAL", "PLANT"),
    ("blue_plaque.jpg", "Octavia Hill", "hall and cottages,"),
    ("blue_plaque.jpg", "Social Reformer", "hall and cottages,"),
    ("blue_plaque.jpg", "Established this garden,", "and pioneered"),
    ("blue_plaque.jpg", "hall and cottages,", "Army Cadets"),
    ("blue_plaque.jpg", "and pioneered", "Social Reformer"),
    ("blue_plaque.jpg", "Army Cadets", "hall and cottages,"),
    ("blue_plaque.jpg", "1887-90", "and pioneered"),
    ("paris_signpost.jpg", "Palais du LOUVRE", "Musée du LOUVRE"),
    ("paris_signpost.jpg", "Musée du LOUVRE", "Palais du LOUVRE"),
    ("paris_signpost.jpg", "LES ARTS DÉCORATIFS", "Palais du LOUVRE"),
    ("paris_signpost.jpg", "Théâtre", "Palais du LOUVRE"),
    ("paris_signpost.jpg", "du PALAIS-ROYAL", "Musée du LOUVRE"),
    ("billboard.jpg", "WHY", "FOR"),
    ("billboard.jpg", "FOR", "WHY"),
    ("no_litter.jpg", "NO", "LITTER"),
    ("no_litter.jpg", "LITTER", "NO"),
    ("no_litter.jpg", "MINATO", "CITY"),
    ("no_litter.jpg", "CITY", "MINATO"),
    ("street_nameplate.png", "YEW", "TREE"),
    ("street_nameplate.png", "TREE", "YEW"),
    ("street_nameplate.png", "RD", "TREE"),
)
METHODS = ("single", "best_of_4", "typeset", "paste", "hidden", "target")

_INPAINT_RADIUS_PX = 5


@dataclass(frozen=True, eq=False)
class NeighbourItem:
    """One hidden word. `true` (H, W, 3) is the photo, `hidden` the same with the quad painted over (Telea)."""

    photo: str
    text: str
    neighbour: str
    true: Image = field(repr=False)
    hidden: Image = field(repr=False)
    quad_px: Quad
    style_quad_px: Quad
    mask: Mask = field(repr=False)

    @property
    def frame(self) -> StripFrame:
        return strip_frame(self.quad_px)


def neighbour_items(
    photos: Path, reader: WordReader, *, words: Sequence[tuple[str, str, str]] = NEIGHBOURS
) -> list[NeighbourItem]:
    """Each of `words` whose photo lies in the folder, found by our own detector.

    Raises TextNotFoundError for a word that isn't found, ValueError where a neighbour lies in the hidden word's quad.
    """
    items, seen = [], {}
    for photo, text, neighbour in words:
        if not (photos / photo).is_file():
            continue
        if photo not in seen:
            image = open_photo(photos / photo)
            seen[photo] = image, reader.find(image)
        image, found = seen[photo]
        items.append(_item(photo, image, found, text, neighbour))
    return items


def _item(photo: str, image: Image, found: Sequence[Word], text: str, neighbour: str) -> NeighbourItem:
    quad, style_quad = (match_words(found, name, occurrence=1).word.quad_px for name in (text, neighbour))
    kept, erased = (quad_mask(corners, image.shape[:2]) for corners in (style_quad, quad))
    if (kept & erased).any():
        raise ValueError(f"{photo}: hiding {text!r} hides some of its neighbour {neighbour!r}")
    mask = around_quad(quad, image.shape[:2]) & ~kept
    hidden = cv2.inpaint(image, erased.astype(np.uint8), _INPAINT_RADIUS_PX, cv2.INPAINT_TELEA)
    return NeighbourItem(photo, text, neighbour, image, np.asarray(hidden, np.uint8), quad, style_quad, mask)


def draw_neighbours(
    editor: Editor,
    items: Sequence[NeighbourItem],
    *,
    seed: int,
    sampler: SamplerConfig,
    progress: Progress | None = None,
) -> dict[str, list[Drawn]]:
    """Every method's drawings of every item, by method; `hidden` writes nothing, `target` is the photo itself."""
    drawn: dict[str, list[Drawn]] = {name: [] for name in METHODS}
    for index, item in enumerate(items):
        target = EditTarget(item.quad_px, item.mask, old_text="", style_quad_px=item.style_quad_px)
        single, best = edit_both(editor, item.hidden, target, item.text, best_of(seed, index, sampler))
        drawn["single"].append(single)
        drawn["best_of_4"].append(best)
        options = draft_only(seed, index, sampler)
        drawn["typeset"].append(edit_item(editor, item.hidden, target, item.text, options))
        drawn["hidden"].append(Drawn(item.hidden))
        drawn["target"].append(Drawn(item.true))
        drawn["paste"].append(Drawn(_pasted(item)))
        if progress is not None:
            progress("neighbours", index + 1, len(items))
    return drawn


def neighbour_subject(item: NeighbourItem) -> Subject:
    """The item as drawings are measured against it."""
    frame = item.frame
    true = rectify(item.true, frame)
    return Subject(item.text, item.hidden, item.true, item.mask, true, frame.text_box, frame=frame)


def _pasted(item: NeighbourItem) -> Image:
    """The hidden photo with the plain paste in the neighbour's stroke colour."""
    frame, style_frame = item.frame, strip_frame(item.style_quad_px)
    colour = estimate_ink(rectify(item.true, style_frame), style_frame.text_box).ink_colour
    mask = rectify_mask(item.mask, frame)
    strip = glyph_paste(rectify(item.hidden, frame), mask, frame.text_box, item.text, ink_colour=colour)
    patch, (x0, y0, x1, y1) = unrectify(strip, frame, item.mask.shape)
    pasted = item.hidden.copy()
    pixels = np.clip(np.rint(patch), 0, 255).astype(np.uint8)
    np.copyto(pasted[y0:y1, x0:x1], pixels, where=item.mask[y0:y1, x0:x1, None])
    return pasted
