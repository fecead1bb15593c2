"""Measures the service under load against its bars: `python benchmarks/load.py [--only NAME …]`.

Real processes: an embedded Redis, API processes, workers with a model that only sleeps. Writes JSON, prints a table,
ends with 1 when a bar is missed. Server and clients share this machine's processors: the figures are lower limits.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

if __name__ == "__main__":  # started as a file: the folder on the path is this one, not the repository
    sys.path[0] = str(Path(__file__).parents[1])

from benchmarks.loading.figures import Outcome
from benchmarks.loading.following import flapping, replica_kill
from benchmarks.loading.listening import sockets_busy, sockets_idle
from benchmarks.loading.queueing import queue_full
from benchmarks.loading.uploading import uploads
from benchmarks.loading.working import queue_overhead, two_workers

SCENARIOS: dict[str, Callable[..., Outcome]] = {
    scenario.__name__: scenario
    for scenario in (
        uploads,
        sockets_busy,
        sockets_idle,
        flapping,
        queue_full,
        queue_overhead,
        two_workers,
        replica_kill,
    )
}


def run(names: list[str], *, seed: int) -> dict[str, Outcome]:
    """Each scenario with processes and a folder of its own."""
    outcomes = {}
    for name in names:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="respell-load-") as folder:
            outcomes[name] = SCENARIOS[name](Path(folder), seed=seed)
        verdict = "met" if outcomes[name].is_met else "MISSED"
        Console(stderr=True).print(f"{name}: {verdict}, {time.monotonic() - started:.0f} s", highlight=False)
    return outcomes


def load_table(outcomes: dict[str, Outcome]) -> Table:
    """Each figure with its bar."""
    rows = Table("", "figure", "bar", "", title="Load", title_justify="left")
    for name, outcome in outcomes.items():
        rows.add_section()
        rows.add_row(f"[bold]{name}[/bold]: {outcome.setting}")
        for figure in outcome.figures:
            verdict = {None: "", True: "met", False: "[bold red]missed[/]"}[figure.is_met]
            rows.add_row(figure.what, figure.number, figure.bar, verdict)
    return rows


def as_json(outcomes: dict[str, Outcome], *, seed: int) -> str:
    scenarios = {
        name: {
            "setting": outcome.setting,
            "met": outcome.is_met,
            "figures": [{**asdict(figure), "met": figure.is_met} for figure in outcome.figures],
        }
        for name, outcome in outcomes.items()
    }
    return json.dumps({"seed": seed, "processors": os.cpu_count(), "scenarios": scenarios}, indent=1)


def main() -> int:
    """Parse, run, write, print → the exit status."""
    options = _parser().parse_args()
    outcomes = run(options.only or list(SCENARIOS), seed=options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "load.json").write_text(as_json(outcomes, seed=options.seed))
    Console().print(load_table(outcomes))
    return 0 if all(outcome.is_met for outcome in outcomes.values()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="NAME", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/load"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
