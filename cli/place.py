"""Where to write, as the command line says it: by its text, by corners, as a box or as a mask file.

`parse_place` reads the options before any photo is opened; `find_target` finds the place in the photo.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from models.errors import BadTargetError

if TYPE_CHECKING:
    from models.pipeline import EditTarget
    from models.regions.quad import Mask, Quad
    from worker.photo import Photo

MASK_MARGIN_HEIGHTS = 0.12  # the mask is the quad grown by this share of its height

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Place:
    """Exactly one of `find`, `quad_px`, `box_px` (x, y, w, h) and `mask` is not None."""

    find: str | None
    quad_px: Points | None
    box_px: tuple[float, ...] | None
    mask: Path | None
    style_quad_px: Points | None


def parse_place(
    *, find: str | None, quad: str | None, box: str | None, mask: Path | None, style_quad: str | None
) -> Place:
    """The options as typed → `Place`. Raises BadTargetError for none or several of the four, or what can't be read."""
    given = {"--find": find, "--quad": quad, "--box": box, "--mask": mask}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise BadTargetError(f"one of {', '.join(given)} says where to write, got {' and '.join(named) or 'none'}")
    return Place(
        find=find,
        quad_px=None if quad is None else _corners("--quad", quad),
        box_px=None if box is None else _box(box),
        mask=mask,
        style_quad_px=None if style_quad is None else _corners("--style-quad", style_quad),
    )


def find_target(place: Place, photo: "Photo") -> "EditTarget":
    """The place in the photo, with its mask: the mask file itself, else the quad grown by `MASK_MARGIN_HEIGHTS`.

    Raises BadTargetError, BadTextError, BadMaskFileError or TextNotFoundError.
    """
    from models.regions.quad import as_quad, quad_from_box, quad_from_mask
    from worker.photo import read_mask

    image_hw = photo.image_hw
    old_text: str | None = None
    style = None if place.style_quad_px is None else as_quad(place.style_quad_px, image_hw=image_hw)
    if place.mask is not None:
        mask = read_mask(place.mask, image_hw)
        quad = quad_from_mask(mask)
    else:
        if place.find is not None:
            quad, old_text = _find(place.find, photo)
        elif place.box_px is not None:
            quad = as_quad(quad_from_box(*place.box_px), image_hw=image_hw)
        else:
            quad = as_quad(place.quad_px or (), image_hw=image_hw)
        mask = _mask_around(quad, image_hw)
    from models.pipeline import EditTarget

    return EditTarget(quad, mask, old_text=old_text, style_quad_px=style)


def _find(find: str, photo: "Photo") -> "tuple[Quad, str]":
    """The quad of the text and what it says; tells on stderr when there are several."""
    from models.reading.matching import match_words, parse_find
    from models.reading.words import WordReader
    from models.regions.quad import as_quad

    text, occurrence = parse_find(find)
    match = match_words(WordReader.load().find(photo.rgb), text, occurrence=occurrence)
    if match.total > 1 and occurrence is None:
        name = text.replace("#", "##")
        typer.echo(f"{text!r} is there {match.total} times, taking the first; --find '{name}#2' is another", err=True)
    return as_quad(match.word.quad_px, image_hw=photo.image_hw), match.word.text


def _mask_around(quad: "Quad", image_hw: tuple[int, int]) -> "Mask":
    """bool (H, W), True in the quad and a margin around it, as far as the photo reaches."""
    from models.regions.quad import grow_quad, quad_mask, quad_size

    height_px, _ = quad_size(quad)
    return quad_mask(grow_quad(quad, MASK_MARGIN_HEIGHTS * height_px), image_hw)


def _corners(option: str, value: str) -> Points:
    corners = tuple(_numbers(corner) for corner in value.split())
    if len(corners) != 4 or any(len(corner) != 2 for corner in corners):
        raise BadTargetError(
            f'{option} takes four corners "x,y x,y x,y x,y" clockwise from the text\'s top-left, got {value!r}'
        )
    return tuple((x, y) for x, y in corners)


def _box(value: str) -> tuple[float, ...]:
    numbers = _numbers(value)
    if len(numbers) != 4 or not (numbers[2] > 0 and numbers[3] > 0):
        raise BadTargetError(f"--box takes x,y,w,h with w and h above 0, got {value!r}")
    return numbers


def _numbers(value: str) -> tuple[float, ...]:
    """`12,3.5` → (12.0, 3.5); () for anything that is no list of numbers."""
    try:
        return tuple(float(number) for number in value.split(","))
    except ValueError:
        return ()
