"""`respell evaluate`: how good a model is.

By two protocols: Respell's own, on pairs whose true result is known and on photos of one's own, and UDiffText's, on a
published data set.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from cli.checks import check_device, check_folder
from models.checkpoints.folders import model_folder

if TYPE_CHECKING:
    from models.evaluate.published.protocol import Plan

_PAIRS = 100


class Protocol(StrEnum):
    """What is measured."""

    STRIPS = "strips"
    UDIFFTEXT = "udifftext"


class Dataset(StrEnum):
    """The published data sets."""

    ICDAR13 = "icdar13"
    TEXTSEG = "textseg"
    SYNTHTEXT = "synthtext"
    LAION_OCR = "laion-ocr"


def evaluate(
    out: Annotated[Path, typer.Option(help="The folder for figures and contact sheets.")],
    protocol: Annotated[
        Protocol, typer.Option(help="strips: Respell's own, by pairs; udifftext: as UDiffText was published.")
    ] = Protocol.STRIPS,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many pairs (100) or words (all of the data set).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pairs and drawings.")] = 0,
    model: Annotated[str | None, typer.Option(help="A model's name or folder; built-in by default.")] = None,
    device: Annotated[str, typer.Option(help="Where to draw: cpu, cuda, …")] = "cpu",
    assets: Annotated[Path, typer.Option(help="strips: the folder that `respell assets` made.")] = Path("assets"),
    photos: Annotated[Path | None, typer.Option(help="strips: a folder with photos and a manifest.json.")] = None,
    dataset: Annotated[Dataset | None, typer.Option(help="udifftext: which data set --data is.")] = None,
    data: Annotated[Path | None, typer.Option(help="udifftext: the data set's folder, laid out as published.")] = None,
    paper: Annotated[bool, typer.Option("--paper", help="udifftext: 100 words and one seed, as in the paper.")] = False,
) -> None:
    """Edit what the true result is known of, read it, and write figures and contact sheets."""
    check_folder(out, "--out")
    check_device(device)
    folder = model_folder(model)
    if protocol is Protocol.STRIPS:
        if dataset is not None or data is not None or paper:
            raise typer.BadParameter("--dataset, --data and --paper belong to --protocol udifftext")
        _strips(folder, out, count=count or _PAIRS, seed=seed, device=device, assets=assets, photos=photos)
        return
    if dataset is None or data is None:
        raise typer.BadParameter("--protocol udifftext needs --dataset and its folder, --data")
    if photos is not None:
        raise typer.BadParameter("--photos belongs to --protocol strips")
    if paper and count is not None:
        raise typer.BadParameter("--paper is 100 words: give it or --count")
    from models.evaluate.published.protocol import PAPER_WORDS, Plan

    plan = Plan(seed, runs=1, count=PAPER_WORDS) if paper else Plan(seed, count=count)
    _published(folder, out, plan, device=device, dataset=dataset, data=data)


def _strips(
    model: Path | None, out: Path, *, count: int, seed: int, device: str, assets: Path, photos: Path | None
) -> None:
    from models.evaluate.report import run_quality

    with _bar() as progress:
        run_quality(model, assets, photos, out, count=count, seed=seed, device=device, progress=progress)
    typer.echo(f"{count} pairs → {out}")


def _published(model: Path | None, out: Path, plan: "Plan", *, device: str, dataset: Dataset, data: Path) -> None:
    from models.evaluate.published.report import run_published
    from models.evaluate.readers import OwnReader

    with _bar() as progress:
        report = run_published(
            model,
            dataset.value,
            data,
            out,
            reader=OwnReader.load(),
            plan=plan,
            metrics={},
            device=device,
            progress=progress,
        )
    for line in report["reading_lines"]:
        typer.echo(line)
    typer.echo(f"{report['rows']['all words']['words']} words → {out}")


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr; nothing where that is no terminal."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
