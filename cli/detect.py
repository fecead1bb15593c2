"""`respell detect`: the texts of a photo and where they are."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.reading.words import Word


def detect(
    photo: Annotated[Path, typer.Argument(help="The photo: PNG, JPEG, WebP or TIFF.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List the texts of a photo in reading order, with the corners that `edit --quad` takes."""
    from worker.photo import Photo

    opened = Photo.open(photo)
    from models.reading.words import WordReader

    words = WordReader.load().find(opened.rgb)
    if as_json:
        height, width = opened.image_hw
        regions = [region(word) for word in words]
        document = {"width": width, "height": height, "regions": regions}
        typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    for word in words:
        corners = " ".join(f"{x:g},{y:g}" for x, y in word.quad_px.round(1).tolist())
        typer.echo(f'{word.char_height_px:5.0f} px  {word.confidence:.2f}  "{corners}"  {word.text}')
    if not words:
        typer.echo("no text found")


def region(word: "Word") -> dict[str, object]:
    """A word as the service's contract has it."""
    return {
        "quad_px": word.quad_px.round(2).tolist(),
        "text": word.text,
        "confidence": round(word.confidence, 4),
        "char_height_px": round(word.char_height_px, 2),
    }
