"""Where to write, as the command line says it: by its text, by corners, as a box or as a mask file.

`parse_place` reads the options before any photo is opened; `find_target` finds the place in the photo.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.finding import parse_find
from models.errors import BadTargetError

if TYPE_CHECKING:
    from models.pipeline import EditTarget
    from models.reading.words import Word
    from worker.photo import Photo

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
        box_px=None if box is None else parse_box(box),
        mask=mask,
        style_quad_px=None if style_quad is None else _corners("--style-quad", style_quad),
    )


def find_target(place: Place, photo: "Photo") -> "EditTarget":
    """The place in the photo, with its mask: the mask file itself, else the quad and a margin around it.

    Raises BadTargetError, BadTextError, BadMaskFileError or TextNotFoundError.
    """
    from models.regions.quad import as_quad
    from worker.photo import read_mask
    from worker.targets import at_box, at_corners, at_mask, at_word

    image_hw = photo.image_hw
    if place.style_quad_px is not None:
        as_quad(place.style_quad_px, image_hw=image_hw)  # before a text is looked for
    if place.mask is not None:
        target = at_mask(read_mask(place.mask, image_hw))
    elif place.find is not None:
        target = at_word(_find(place.find, photo), image_hw)
    elif place.box_px is not None:
        target = at_box(place.box_px, image_hw)
    else:
        target = at_corners(place.quad_px or (), image_hw)
    if place.style_quad_px is not None:
        target = target.with_style(place.style_quad_px)
    return target.for_editor()


def _find(find: str, photo: "Photo") -> "Word":
    """The word that says it; tells on stderr when there are several."""
    from models.reading.matching import match_words
    from models.reading.words import WordReader

    text, occurrence = parse_find(find)
    match = match_words(WordReader.load().find(photo.rgb), text, occurrence=occurrence)
    if match.total > 1 and occurrence is None:
        name = text.replace("#", "##")
        typer.echo(f"{text!r} is there {match.total} times, taking the first; --find '{name}#2' is another", err=True)
    return match.word


def _corners(option: str, value: str) -> Points:
    corners = tuple(_numbers(corner) for corner in value.split())
    if len(corners) != 4 or any(len(corner) != 2 for corner in corners):
        raise BadTargetError(
            f'{option} takes four corners "x,y x,y x,y x,y" clockwise from the text\'s top-left, got {value!r}'
        )
    return tuple((x, y) for x, y in corners)


def parse_box(value: str) -> tuple[float, ...]:
    """`--box` as typed → (x, y, w, h). Raises BadTargetError."""
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
