"""`respell assets`: the fonts, photographs and words for training, from what is installed on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from cli.checks import check_folder


def collect_assets(
    out: Annotated[Path, typer.Option(help="The folder to make.")] = Path("assets"),
) -> None:
    """Collect the fonts, photographs and words of the installed packages (see models/data/packages.txt)."""
    check_folder(out, "--out")
    from models.data.assets import collect

    counts = collect(out)
    typer.echo(", ".join(f"{count} {name}" for name, count in counts.items()) + f" → {out}")
