"""Where to write: corners, a box, a mask or a word → the quad and the mask that a model takes.

Knows the rules about places in a photo; no command line, no requests, no networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from models.pipeline import EditTarget
    from models.reading.words import Word
    from models.regions.quad import Mask, Quad

MASK_MARGIN_HEIGHTS = 0.12  # the mask is the quad grown by this share of its height

Points = Sequence[Sequence[float]] | ArrayLike


@dataclass(frozen=True, eq=False)
class Target:
    """`models.pipeline.EditTarget` for those who shall not load the networks: the same fields, the same meaning."""

    quad_px: "Quad"
    mask: "Mask"
    old_text: str | None = None
    style_quad_px: "Quad | None" = None

    def with_style(self, points: Points) -> "Target":
        """The same place, drawn in the style of the word at these corners. Raises BadTargetError."""
        from models.regions.quad import as_quad

        height, width = self.mask.shape
        return replace(self, style_quad_px=as_quad(points, image_hw=(height, width)))

    def for_editor(self) -> "EditTarget":
        """As `TextEditor.edit` takes it."""
        from models.pipeline import EditTarget

        return EditTarget(self.quad_px, self.mask, old_text=self.old_text, style_quad_px=self.style_quad_px)


def at_corners(points: Points, image_hw: tuple[int, int], *, old_text: str | None = None) -> Target:
    """Four corners in a photo of (height, width); `old_text` is what stands there. Raises BadTargetError."""
    from models.regions.quad import as_quad

    quad = as_quad(points, image_hw=image_hw)
    return Target(quad, _mask_around(quad, image_hw), old_text=old_text)


def at_box(box_px: tuple[float, ...], image_hw: tuple[int, int]) -> Target:
    """An upright box (x, y, w, h). Raises BadTargetError."""
    from models.regions.quad import quad_from_box

    return at_corners(quad_from_box(*box_px), image_hw)


def at_mask(mask: "Mask") -> Target:
    """A mask, bool (H, W), True = repaint: it is the target's own. Raises BadTargetError."""
    from models.regions.quad import quad_from_mask

    return Target(quad_from_mask(mask), mask)


def at_word(word: "Word", image_hw: tuple[int, int]) -> Target:
    """A word that was found in the photo. Raises BadTargetError."""
    return at_corners(word.quad_px, image_hw, old_text=word.text)


def _mask_around(quad: "Quad", image_hw: tuple[int, int]) -> "Mask":
    """bool (H, W), True in the quad and a margin around it, as far as the photo reaches."""
    from models.regions.quad import grow_quad, quad_mask, quad_size

    height_px, _ = quad_size(quad)
    return quad_mask(grow_quad(quad, MASK_MARGIN_HEIGHTS * height_px), image_hw)
