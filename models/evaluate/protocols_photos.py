"""Editing the words of real photos, where no true result exists: only spelling can be read, the rest is for the eye.

Knows the door and the photos' manifest.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageOps

from models.config import SamplerConfig
from models.evaluate.metrics import Image
from models.evaluate.outcomes import Drawn
from models.evaluate.paste import glyph_paste
from models.evaluate.protocols import Editor, Progress, best_of, edit_item
from models.evaluate.protocols_reading import Readers, text_crop
from models.evaluate.seams import changed_region, seam_ratio
from models.pipeline.request import EditTarget
from models.regions.quad import Mask, Quad, as_quad, grow_quad, quad_mask, quad_size
from models.regions.strip import rectify, rectify_mask, strip_frame

MANIFEST_NAME = "manifest.json"

_MASK_MARGIN = 0.12  # of the quad's height


@dataclass(frozen=True, eq=False)
class PhotoItem:
    """One word of one photo: where it is, what it says, what it shall say. `mask` bool (H, W), True = repaint."""

    photo: str
    image: Image = field(repr=False)
    quad_px: Quad
    mask: Mask = field(repr=False)
    text: str
    new_text: str


@dataclass(frozen=True)
class PhotoOutcome:
    """`texts` is what the edited photo says by reader, `old_texts` the untouched one, `paste_texts` the plain paste.

    `seam` and `change_seam` as in `Outcome`.
    """

    item: PhotoItem
    drawn: Drawn
    texts: dict[str, str]
    old_texts: dict[str, str]
    paste_texts: dict[str, str]
    seam: float | None
    change_seam: float | None


def photo_items(manifest: Path) -> list[PhotoItem]:
    """The words that `manifest` lists, photos beside it: `[{photo, quad_px, text, new_text, …}]`.

    The mask is the quad grown by 12 % of its height. Raises FileNotFoundError, or BadTargetError for a quad.
    """
    images: dict[str, Image] = {}
    items = []
    for entry in json.loads(manifest.read_text()):
        name = entry["photo"]
        if name not in images:
            images[name] = open_photo(manifest.parent / name)
        image_hw = images[name].shape[:2]
        quad = as_quad(entry["quad_px"], image_hw=image_hw)
        mask = around_quad(quad, image_hw)
        items.append(PhotoItem(name, images[name], quad, mask, entry["text"], entry["new_text"]))
    return items


def around_quad(quad: Quad, image_hw: tuple[int, int]) -> Mask:
    """The quad grown by 12 % of its height, as a mask of the photo, bool (H, W)."""
    return quad_mask(grow_quad(quad, _MASK_MARGIN * quad_size(quad)[0]), image_hw)


def open_photo(path: Path) -> Image:
    """The upright photo as uint8 (H, W, 3) RGB."""
    with PillowImage.open(path) as opened:
        return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))


def edit_photos(
    editor: Editor,
    items: Sequence[PhotoItem],
    readers: Readers,
    *,
    seed: int,
    sampler: SamplerConfig,
    progress: Progress | None = None,
) -> list[PhotoOutcome]:
    """Each word through the door, best of 4, read back from its rectified place in the photo."""
    drawn = []
    for index, item in enumerate(items):
        target = EditTarget(quad_px=item.quad_px, mask=item.mask, old_text=item.text)
        drawn.append(edit_item(editor, item.image, target, item.new_text, best_of(seed, index, sampler)))
        if progress is not None:
            progress("photos", index + 1, len(items))
    new, old, pasted = (
        _read([crop(item, one) for item, one in zip(items, drawn, strict=True)], readers)
        for crop in (_edited_crop, _old_crop, _pasted_crop)
    )
    return [
        PhotoOutcome(
            item,
            one,
            new[index],
            old[index],
            pasted[index],
            seam_ratio(item.image, one.picture, item.mask),
            seam_ratio(item.image, one.picture, changed_region(item.image, one.picture)),
        )
        for index, (item, one) in enumerate(zip(items, drawn, strict=True))
    ]


def _read(crops: Sequence[Image], readers: Readers) -> list[dict[str, str]]:
    texts = {name: read(crops) for name, read in readers.items()}
    return [{name: texts[name][index] for name in readers} for index in range(len(crops))]


def _edited_crop(item: PhotoItem, drawn: Drawn) -> Image:
    frame = strip_frame(item.quad_px)
    return text_crop(rectify(drawn.picture, frame), frame.text_box)


def _old_crop(item: PhotoItem, _: Drawn) -> Image:
    frame = strip_frame(item.quad_px)
    return text_crop(rectify(item.image, frame), frame.text_box)


def _pasted_crop(item: PhotoItem, _: Drawn) -> Image:
    frame = strip_frame(item.quad_px)
    strip, mask = rectify(item.image, frame), rectify_mask(item.mask, frame)
    return text_crop(glyph_paste(strip, mask, frame.text_box, item.new_text), frame.text_box)
