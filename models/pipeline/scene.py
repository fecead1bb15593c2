"""From a photo and a target to everything the network is told: strip, mask, style source, letters' places.

The only file that turns photo coordinates into strip coordinates. Knows no noise and no candidates.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.charset import MAX_CHARS, encode, unknown_characters
from models.config import STRIP_HEIGHT_PX
from models.data.glyphs import glyph_image
from models.data.inserting import bare_ink
from models.data.stream import to_tensor
from models.data.typeset import FaceJudge, StyleWord, Typesetting, typeset
from models.errors import BadTargetError, BadTextError
from models.nets.autoencoder import Autoencoder
from models.nets.strip_net import Condition
from models.pipeline.bare_places import is_bare, neighbour_style
from models.pipeline.detail import FineDraft, fine_draft
from models.pipeline.request import EditTarget, Image
from models.reading.words import WordReader
from models.regions.ink import LOST_LETTER_SHARE, LOW_CONFIDENCE, Ink, estimate_ink
from models.regions.latent_mask import latent_mask
from models.regions.quad import Mask, Quad
from models.regions.strip import StripFrame, rectify, rectify_mask, strip_frame
from models.regions.texture import Texture, ground_texture

Box = tuple[float, float, float, float]
_READ_MARGIN_PX = 4
_MIN_OLD_CONFIDENCE = 0.5
_OLD_REACH_PX = 4  # how far blur, outline and shadow of the old strokes reach, a tenth of the text height
_NEW_REACH_PX = 5  # the new strokes are not yet known: heavier than the draft's, perhaps, and beside them
_INK_LEVEL = 0.15


@dataclass(frozen=True, eq=False)
class Scene:
    """One place in one photo, ready to be drawn on. Strips uint8 (64, W, 3), masks bool (64, W)."""

    frame: StripFrame
    strip: Image
    strip_mask: Mask
    touched: Mask  # where letters are to go or to come: between them the photo's own pixels stay
    ink: Ink
    old_text: str | None
    style_strip: Image | None  # None: nothing to take the style from
    draft: Typesetting  # the old word erased, the new one typeset
    texture: Texture  # of the ground
    fine_draft: FineDraft | None  # its letters at the photo's own scale
    glyph: NDArray[np.float32]  # (64, W)
    text: str
    face_order: int  # 0: the draft's face is the one most like the old word's


def check_text(text: str) -> None:
    """Raises BadTextError for a text that can't be written; "" removes the word and is fine."""
    if text and not text.strip():
        raise BadTextError(f"text is {len(text)} blanks: give letters to write, or an empty text to remove the word")

    if len(text) > MAX_CHARS:
        raise BadTextError(f"text has {len(text)} characters, the model takes at most {MAX_CHARS}: {text!r}")
    if unknown := unknown_characters(text):
        raise BadTextError(
            f"characters not in the charset: {unknown}; allowed are printable ASCII and the accented letters of Latin-1"
        )


def check_target(image: Image, target: EditTarget) -> None:
    """Raises BadTargetError for a mask that doesn't fit the photo, is empty or covers everything."""
    if target.mask.shape != image.shape[:2]:
        raise BadTargetError(f"the mask is {target.mask.shape}, the photo {image.shape[:2]} (h, w)")
    if not target.mask.any():
        raise BadTargetError("the mask is empty: nothing may be repainted")
    if target.mask.all():
        raise BadTargetError("the mask covers the whole photo: leave some of it to take the surroundings from")


def prepare_scenes(
    image: Image, target: EditTarget, text: str, reader: WordReader, *, judge: FaceJudge, ranks: range
) -> list[Scene]:
    """Rectify, find the old word's ink, typeset drafts of the new word: one for each of `ranks`, where there are so
    many faces; the face of rank 0 is most like the old word's.
    """
    frame = strip_frame(target.quad_px)
    strip, strip_mask = rectify(image, frame), rectify_mask(target.mask, frame)
    old_text, bare = _standing(strip, frame.text_box, target.old_text, reader)
    bare = bare and bool(text)  # there is nothing to paint over then, and to remove the unreadable is no mistake
    ink = bare_ink(strip, frame.text_box) if bare else estimate_ink(strip, frame.text_box)
    style_quad = target.style_quad_px
    if bare and style_quad is None:
        style_quad = neighbour_style(image, target.quad_px, ink.background_colour, reader)
    style = None if style_quad is None else _style_word(image, style_quad, reader)
    drafts = typeset(
        strip,
        ink=ink,
        mask=strip_mask,
        text_box=frame.text_box,
        old_text=old_text,
        new_text=text,
        style=style,
        judge=judge,
        ranks=ranks,
        bare=bare,
    )
    texture = ground_texture(image, frame, drafts[0].ground, drafts[0].hole)
    style_strip = strip if old_text else None
    if style is not None:
        style_strip = _to_width(style.strip, frame.width_px)
    return [
        Scene(
            frame=frame,
            strip=strip,
            strip_mask=strip_mask,
            touched=_touched(strip_mask, frame.text_box, ink, old_text, draft),
            ink=ink,
            old_text=old_text,
            style_strip=style_strip,
            draft=draft,
            texture=texture,
            fine_draft=fine_draft(image, frame, ink, draft, text),
            glyph=glyph_image(text, draft.char_boxes, (STRIP_HEIGHT_PX, frame.width_px)),
            text=text,
            face_order=order,
        )
        for order, draft in enumerate(drafts)
    ]


def make_condition(scene: Scene, autoencoder: Autoencoder) -> Condition:
    """The scene as the network's condition, for one strip, on the autoencoder's device."""
    draft_latents = strip_latents(scene.draft.strip, autoencoder)
    device = draft_latents.device
    char_ids, char_valid = encode([scene.text])
    source_latents = torch.zeros_like(draft_latents)
    if scene.style_strip is not None:
        source_latents = strip_latents(scene.style_strip, autoencoder)
    return Condition(
        draft_latents=draft_latents,
        source_latents=source_latents,
        glyph=torch.from_numpy(scene.glyph)[None, None].to(device),
        mask=latent_mask(_mask_tensor(scene.strip_mask)).to(device),
        char_ids=char_ids.to(device),
        char_valid=char_valid.to(device),
    )


def strip_latents(strip: Image, autoencoder: Autoencoder) -> Tensor:
    """uint8 strip → latents (1, C, h, w) on the autoencoder's device."""
    return autoencoder.encode(to_tensor([strip]).to(autoencoder.latent_mean.device))


def read_window(strip: Image, text_box: Box) -> Image:
    """The part of a strip that is read: the text box with a few pixels around it."""
    height, width = strip.shape[:2]
    x0, y0 = max(int(text_box[0]) - _READ_MARGIN_PX, 0), max(int(text_box[1]) - _READ_MARGIN_PX, 0)
    x1 = min(int(np.ceil(text_box[2])) + _READ_MARGIN_PX, width)
    y1 = min(int(np.ceil(text_box[3])) + _READ_MARGIN_PX, height)
    return np.ascontiguousarray(strip[y0:y1, x0:x1])


def _touched(strip_mask: Mask, text_box: Box, ink: Ink, old_text: str | None, draft: Typesetting) -> Mask:
    """The old word's strokes and the new one's, each with what surrounds a stroke (blur, outline, shadow), in the mask;
    and at an end of the word where no strokes were found, what the draft has painted over.

    The whole mask where the old word isn't known for sure, as what isn't touched isn't removed either.
    """
    if draft.bare:
        return strip_mask & _grown(draft.coverage > _INK_LEVEL, _NEW_REACH_PX)
    if old_text is None or ink.confidence < LOW_CONFIDENCE:
        return strip_mask
    old, new = _grown(ink.mask, _OLD_REACH_PX), _grown(draft.coverage > _INK_LEVEL, _NEW_REACH_PX)
    return strip_mask & (old | (draft.hole & _lost_ends(ink.mask, text_box)) | new)


def _lost_ends(strokes: Mask, text_box: Box) -> Mask:
    """The columns between the strokes and a side of the text box that is farther away than a letter is wide."""
    x0, y0, x1, y1 = text_box
    columns = np.flatnonzero(strokes.any(axis=0))
    letter_px = LOST_LETTER_SHARE * (y1 - y0)
    lost = np.zeros_like(strokes)
    if columns[0] - x0 > letter_px:
        lost[:, : columns[0]] = True
    if x1 - columns[-1] > letter_px:
        lost[:, columns[-1] + 1 :] = True
    return lost


def _grown(mask: Mask, radius_px: int) -> Mask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.dilate(mask.view(np.uint8), disc), np.bool_)


def _standing(strip: Image, text_box: Box, known: str | None, reader: WordReader) -> tuple[str | None, bool]:
    """The word that stands there, None where it can't be read; and whether nothing does."""
    if known is not None:
        return known, known == ""
    reading = reader.read(read_window(strip, text_box))
    if is_bare(strip, text_box, reading, reader):
        return None, True
    return (reading.text if reading.text.strip() and reading.confidence >= _MIN_OLD_CONFIDENCE else None), False


def _read_old(strip: Image, text_box: Box, reader: WordReader) -> str | None:
    reading = reader.read(read_window(strip, text_box))
    return reading.text if reading.text.strip() and reading.confidence >= _MIN_OLD_CONFIDENCE else None


def _style_word(image: Image, style_quad_px: Quad, reader: WordReader) -> StyleWord:
    frame = strip_frame(style_quad_px)
    strip = rectify(image, frame)
    return StyleWord(strip, frame.text_box, _read_old(strip, frame.text_box, reader) or "")


def _to_width(strip: Image, width_px: int) -> Image:
    """Cut or extend a strip on both sides to `width_px`, its middle kept in the middle."""
    surplus = strip.shape[1] - width_px
    if surplus >= 0:
        return np.ascontiguousarray(strip[:, surplus // 2 : surplus // 2 + width_px])
    left = -surplus // 2
    wide = cv2.copyMakeBorder(strip, 0, 0, left, -surplus - left, cv2.BORDER_REPLICATE)
    return np.asarray(wide, np.uint8)


def _mask_tensor(mask: Mask) -> Tensor:
    return torch.from_numpy(mask)[None, None].float()
