"""`respell evaluate`: how good a model is, on pairs whose true result is known and on photos of one's own."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from cli.checks import check_folder
from models.checkpoints.folders import model_folder


def evaluate(
    out: Annotated[Path, typer.Option(help="The folder for quality.json, quality.md and the contact sheets.")],
    count: Annotated[int, typer.Option(min=1, help="How many synthetic pairs with held-out fonts.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pairs.")] = 0,
    model: Annotated[str | None, typer.Option(help="A model's name or folder; built-in by default.")] = None,
    assets: Annotated[Path, typer.Option(help="The folder that `respell assets` made.")] = Path("assets"),
    photos: Annotated[Path | None, typer.Option(help="A folder with photos and a manifest.json.")] = None,
) -> None:
    """Edit held-out pairs and photos, beside a plain paste, and write figures and contact sheets."""
    check_folder(out, "--out")
    folder = model_folder(model)
    from models.evaluate.report import run_quality

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        run_quality(
            folder,
            assets,
            photos,
            out,
            count=count,
            seed=seed,
            progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
    typer.echo(f"{count} pairs → {out}")
