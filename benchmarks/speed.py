"""Measures seconds by stage and peak memory of an edit: `python benchmarks/speed.py`.

Every setting (photo size, candidates, denoising steps) runs in a process of its own, whose peak memory is the
setting's. Writes JSON and Markdown, prints the Markdown. `--part steps`: only the numbers of steps, best of 4.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.progress import track

from models.evaluate.markdown import table
from models.pipeline import EditOptions, EditTarget, TextEditor
from models.regions.quad import Quad, grow_quad, quad_from_box, quad_mask

SIZES_PX = ((512, 384), (1600, 1200), (4000, 3000), (6000, 4000))  # (w, h): 0.2, 1.9, 12, 24 megapixels
CANDIDATES = (1, 2, 4)
STEPS = (1, 4, 8, 20)
STEPS_SIZE_PX, STEPS_CANDIDATES = (1600, 1200), 4
OLD_WORD, NEW_WORD = "STATION", "GARDENS"

_OWN_STEPS = 0  # of the model
_FONT = Path(__file__).parent.parent / "models" / "data" / "fonts" / "DejaVuSans.ttf"
_STAGES = ("load", "find", "preparing", "searching_noise", "drawing", "blending", "checking", "edit")


def draw_photo(width: int, height: int, *, seed: int) -> tuple[NDArray[np.uint8], Quad]:
    """A picture (H, W, 3) with soft shapes, grain and one word, and the word's quad."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(70, 200, (6, 8, 3), dtype=np.uint8)
    ground = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 4, (256, 256, 1))
    grain = np.tile(noise, (-(-height // 256), -(-width // 256), 1))[:height, :width].astype(np.float32)
    photo = Image.fromarray(np.clip(ground + grain, 0, 255).astype(np.uint8))
    font = ImageFont.truetype(str(_FONT), max(24, height // 12))
    pen = ImageDraw.Draw(photo)
    x, y = round(width * 0.3), round(height * 0.45)
    left, top, right, bottom = pen.textbbox((x, y), OLD_WORD, font=font)
    margin = (bottom - top) / 4
    pen.rectangle((left - 2 * margin, top - 2 * margin, right + 2 * margin, bottom + 2 * margin), (240, 238, 230))
    pen.text((x, y), OLD_WORD, (28, 45, 90), font)
    return np.asarray(photo), quad_from_box(left, top, right - left, bottom - top)


def measure(
    model: Path | None, *, width: int, height: int, candidates: int, steps: int | None, runs: int
) -> dict[str, Any]:
    """Seconds of each run by stage, and the peak memory of this process. `steps` None is the model's own number."""
    seconds: dict[str, list[float]] = {}

    def clock(stage: str, started: float) -> None:
        seconds.setdefault(stage, []).append(time.perf_counter() - started)

    photo, quad = draw_photo(width, height, seed=0)
    started = time.perf_counter()
    editor = TextEditor.load(model)
    editor.reader.read(photo[:64, :256])  # the readers are loaded at their first use
    clock("load", started)
    sampler = editor.model.sampler
    if steps is not None:
        sampler = replace(sampler, num_inference_steps=steps)
    target = EditTarget(
        quad, quad_mask(grow_quad(quad, 0.12 * float(quad[3][1] - quad[0][1])), (height, width)), OLD_WORD
    )
    for run in range(runs):
        started = time.perf_counter()
        editor.reader.find(photo)
        clock("find", started)
        options = EditOptions(
            seed=run * 100, num_candidates=candidates, max_attempts=1, fallback="none", sampler=sampler
        )
        started = time.perf_counter()
        result = editor.edit(photo, target, NEW_WORD, options)
        clock("edit", started)
        for stage, spent in result.timings_s.items():
            seconds.setdefault(stage, []).append(spent)
    return {
        "width": width,
        "height": height,
        "candidates": candidates,
        "steps": sampler.num_inference_steps,
        "seconds": seconds,
        "peak_mb": _peak_mb(),
    }


def main() -> None:
    """Parse; measure every setting in its own process, or the one that was asked for."""
    options = _parser().parse_args()
    if options.one:
        width, height, candidates, steps = options.one
        row = measure(
            options.model, width=width, height=height, candidates=candidates, steps=steps or None, runs=options.runs
        )
        print(json.dumps(row))
        return
    settings = [(*STEPS_SIZE_PX, STEPS_CANDIDATES, steps) for steps in STEPS]
    if options.part == "all":
        settings += [(width, height, count, _OWN_STEPS) for width, height in SIZES_PX for count in CANDIDATES]
    console = Console(stderr=True)
    rows = [_in_own_process(options, *setting) for setting in track(settings, "measuring", console=console)]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "speed.json").write_text(json.dumps([{**row, "stages": spread(row)} for row in rows], indent=1))
    markdown = speed_table(rows, runs=options.runs)
    (options.out / "speed.md").write_text(markdown)
    print(markdown)


def spread(row: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Least, median and most seconds of each stage."""
    return {
        stage: {"min": min(values), "median": statistics.median(values), "max": max(values)}
        for stage, values in row["seconds"].items()
    }


def speed_table(rows: list[dict[str, Any]], *, runs: int) -> str:
    """Markdown: a row a setting; seconds as median (min to max), peak memory in MB."""
    header = ["photo", "candidates", "steps", *(stage.replace("_", " ") for stage in _STAGES), "peak MB"]
    lines = []
    for row in rows:
        stages = spread(row)
        size = f"{row['width']} × {row['height']}"
        cells = [_seconds(stages[stage]) if stage in stages else "–" for stage in _STAGES]
        lines.append([size, str(row["candidates"]), str(row["steps"]), *cells, f"{row['peak_mb']:.0f}"])
    text = f"Seconds, median (min to max) of {runs} runs; `edit` is the whole edit after loading and finding."
    return f"# Speed\n\n{text}\n\n{table(header, lines)}\n"


def _seconds(stage: dict[str, float]) -> str:
    median = f"{stage['median']:.2f}"
    return median if stage["min"] == stage["max"] else f"{median} ({stage['min']:.2f} to {stage['max']:.2f})"


def _in_own_process(options: argparse.Namespace, *setting: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--runs", str(options.runs), "--one", *map(str, setting)]
    if options.model is not None:
        command += ["--model", str(options.model)]
    row: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return row


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1024)  # bytes on macOS, KiB elsewhere


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="edits a setting")
    parser.add_argument("--model", type=Path, help="a model folder; the built-in model without")
    parser.add_argument("--out", type=Path, default=Path("out/speed"))
    parser.add_argument("--part", choices=("all", "steps"), default="all", help="steps: only the numbers of steps")
    names = ("WIDTH", "HEIGHT", "CANDIDATES", "STEPS")
    parser.add_argument("--one", type=int, nargs=4, metavar=names, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
