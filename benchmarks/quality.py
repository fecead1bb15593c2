"""Measures how well a model edits: `python benchmarks/quality.py`. A thin door to `models.evaluate.report`.

Without a switch: the whole protocol. `--ablation`: noise search and refinement, each off and on. `--steps-sweep`: the
number of denoising steps. Writes JSON, Markdown and contact sheets; prints the Markdown.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from models.config import SamplerConfig
from models.evaluate.protocols import Progress as OnProgress
from models.evaluate.report import run_quality, run_samplers
from models.evaluate.report_tables import main_table, sampler_table

SEARCH_CANDIDATES = 4  # where the model's own sampler has no search


def ablation(own: SamplerConfig) -> dict[str, SamplerConfig]:
    """Noise search and latent refinement, each off and on; everything else as in the model's own sampler."""
    searched = own.search_candidates if own.search_candidates > 1 else SEARCH_CANDIDATES
    return {
        "off": replace(own, search_candidates=1, refine=False),
        "search": replace(own, search_candidates=searched, refine=False),
        "refine": replace(own, search_candidates=1, refine=True),
        "both": replace(own, search_candidates=searched, refine=True),
    }


def steps_sweep(own: SamplerConfig, counts: list[int]) -> dict[str, SamplerConfig]:
    """One sampler a number of denoising steps; everything else as in the model's own sampler."""
    return {f"{count} step{'s' if count > 1 else ''}": replace(own, num_inference_steps=count) for count in counts}


def main() -> None:
    """Parse, run, print."""
    options = _parser().parse_args()
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # Tesseract's threads wait for each other on single lines
    with _progress_bars() as progress:
        if options.ablation or options.steps_sweep:
            samplers = ablation if options.ablation else partial(steps_sweep, counts=options.steps_sweep)
            report = run_samplers(
                options.model,
                options.assets,
                options.out,
                title="ablation" if options.ablation else "steps-sweep",
                samplers=samplers,
                count=options.count,
                seed=options.seed,
                progress=progress,
            )
            markdown = sampler_table(report)
        else:
            photos = options.photos if options.photos.is_dir() else None
            report = run_quality(
                options.model,
                options.assets,
                photos,
                options.out,
                count=options.count,
                seed=options.seed,
                progress=progress,
            )
            markdown = main_table(report)
    print(markdown)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="synthetic pairs; 0: only the photos and the neighbours")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", type=Path, help="a model folder; the built-in model without")
    parser.add_argument("--assets", type=Path, default=Path("assets"))
    parser.add_argument("--photos", type=Path, default=Path("../shared/photos"), help="skipped where absent")
    parser.add_argument("--out", type=Path, default=Path("out/quality"))
    switches = parser.add_mutually_exclusive_group()
    switches.add_argument("--ablation", action="store_true", help="off / search / refine / both")
    switches.add_argument("--steps-sweep", type=int, nargs="+", metavar="STEPS", help="for example 1 2 4 8 20")
    return parser


@contextmanager
def _progress_bars() -> Iterator[OnProgress]:
    """A bar for each thing being done, on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield report


if __name__ == "__main__":
    main()
