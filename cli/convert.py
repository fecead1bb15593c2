"""`respell convert`: models that others published → model folders."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.checks import check_folder
from worker.errors import BadOutputError

if TYPE_CHECKING:
    from models.checkpoints.udifftext import Conversion

convert_app = typer.Typer(no_args_is_help=True)


@convert_app.callback()
def convert() -> None:  # without it the only command would lose its name
    """Turn published checkpoints into a folder that `--model` takes."""


@convert_app.command("udifftext")
def convert_udifftext(
    checkpoint: Annotated[Path, typer.Option(help="The big checkpoint, of UDiffText or DreamText.")],
    out: Annotated[Path, typer.Option(help="The folder to write; it must not exist.")],
    encoder: Annotated[
        Path | None, typer.Option(help="The character encoder's checkpoint, where the big one has none.")
    ] = None,
    autoencoder: Annotated[
        Path | None, typer.Option(help="The autoencoder's safetensors, where the big one has none.")
    ] = None,
) -> None:
    """UDiffText's or DreamText's checkpoints, as they were published, in either dialect."""
    check_folder(out, "--out")
    if out.exists():
        raise BadOutputError(f"--out {out} exists: name a folder that doesn't")
    from models.checkpoints.udifftext import convert_udifftext

    for line in account(convert_udifftext(checkpoint, out, encoder=encoder, autoencoder=autoencoder)):
        typer.echo(line)
    typer.echo(f"model → {out}")


def account(conversion: "Conversion") -> list[str]:
    """What was read, used and left out, in lines for the terminal."""
    lines = []
    for source in conversion.sources:
        lines.append(f"{source.path}: {source.known or 'not a file we know'}")
        if source.suspicion is not None:
            lines.append(f"  {source.suspicion}")
    placed = ", ".join(f"{part} {count}" for part, count in conversion.placed.items())
    lines.append(f"dialect {conversion.dialect}; tensors used: {placed}")
    lines.extend(f"left out: {len(names)}, {reason}" for reason, names in conversion.dropped.items())
    lines.extend(f"left out of {path}: {', '.join(names)}" for path, names in conversion.others.items())
    return lines
