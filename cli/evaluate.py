"""`respell evaluate`: how good a model is.

By two protocols: Respell's own, on pairs whose true result is known and on photos of one's own, and UDiffText's, on a
published data set.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from cli.checks import check_device, check_folder
from models.checkpoints.folders import model_folder

if TYPE_CHECKING:
    from models.evaluate.published.pictures import PictureMetric
    from models.evaluate.published.protocol import Plan
    from models.evaluate.readers import TextReader

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


@dataclass(frozen=True)
class Judges:
    """The weights of what judges besides our own reader."""

    parseq: Path | None
    fid: Path | None
    lpips: Path | None

    def reader(self, device: str) -> "TextReader":
        if self.parseq is None:
            from models.evaluate.readers import OwnReader

            return OwnReader.load()
        from models.checkpoints.readers import load_parseq
        from models.reading.parseq import ParseqReader

        return ParseqReader(load_parseq(self.parseq).to(device))

    def metrics(self, device: str) -> "dict[str, PictureMetric]":
        from models.evaluate.published.pictures import FidMetric, LpipsMetric

        metrics: dict[str, PictureMetric] = {}
        if self.fid is not None:
            metrics["FID"] = FidMetric.load(self.fid, device=device)
        if self.lpips is not None:
            metrics["LPIPS"] = LpipsMetric.load(self.lpips, device=device)
        return metrics


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
    parseq: Annotated[
        Path | None, typer.Option(help="udifftext: PARSeq's weights, to read with it as the paper does.")
    ] = None,
    fid_weights: Annotated[
        Path | None, typer.Option(help="udifftext: pytorch-fid's Inception weights, to measure FID.")
    ] = None,
    lpips_weights: Annotated[
        Path | None, typer.Option(help="udifftext: a folder with AlexNet's and LPIPS's weights, to measure LPIPS.")
    ] = None,
) -> None:
    """Edit what the true result is known of, read it, and write figures and contact sheets."""
    check_folder(out, "--out")
    check_device(device)
    folder = model_folder(model)
    if protocol is Protocol.STRIPS:
        if paper or any(given is not None for given in (dataset, data, parseq, fid_weights, lpips_weights)):
            raise typer.BadParameter(
                "--dataset, --data, --paper, --parseq and the weights of measures belong to --protocol udifftext"
            )
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
    judges = Judges(parseq, fid_weights, lpips_weights)
    _published(folder, out, plan, judges, device=device, dataset=dataset, data=data)


def _strips(
    model: Path | None, out: Path, *, count: int, seed: int, device: str, assets: Path, photos: Path | None
) -> None:
    from models.evaluate.report import run_quality

    with _bar() as progress:
        run_quality(model, assets, photos, out, count=count, seed=seed, device=device, progress=progress)
    typer.echo(f"{count} pairs → {out}")


def _published(
    model: Path | None, out: Path, plan: "Plan", judges: Judges, *, device: str, dataset: Dataset, data: Path
) -> None:
    from models.evaluate.published.report import run_published

    with _bar() as progress:
        report = run_published(
            model,
            dataset.value,
            data,
            out,
            reader=judges.reader(device),
            plan=plan,
            metrics=judges.metrics(device),
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
