"""Runs UDiffText's protocol on one model and one data set, and writes what it finds: JSON, Markdown, a contact sheet.

What `respell evaluate --protocol udifftext` calls.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

from models.checkpoints.crop_store import CropModel
from models.data.published.dataset import CROP_SIZE_PX, ReadingReport
from models.data.published.opening import DatasetName, open_dataset
from models.errors import BadDataError
from models.evaluate.protocols import Progress
from models.evaluate.published.figures import item_figures, protocol_figures
from models.evaluate.published.pictures import PictureMetric
from models.evaluate.published.protocol import TASKS, Judged, Plan, WordResult, judge_words
from models.evaluate.published.sheet import MAX_ROWS, write_sheet
from models.evaluate.published.tables import protocol_table
from models.evaluate.readers import TextReader
from models.pipeline import TextEditor

Report = dict[str, Any]

_SEES_THE_OLD_WORD = (
    "This model takes the style from the old word itself, which it sees: its reconstruction isn't to be compared with "
    "that of a model that sees a hole."
)


def run_published(
    model: Path | None,
    dataset: DatasetName,
    data: Path,
    out: Path,
    *,
    reader: TextReader,
    plan: Plan,
    metrics: Mapping[str, PictureMetric],
    device: str,
    progress: Progress | None = None,
) -> Report:
    """The model in a folder (None: the built-in one) on the validation part of the data set in the folder `data`.

    Writes published.json, published.md and words.png into `out`, returns the report. Raises BadModelError,
    BadDataError.
    """
    editor = TextEditor.load(model, device=device)
    crop_size_px = editor.model.config.crop_size_px if isinstance(editor.model, CropModel) else CROP_SIZE_PX
    if progress is not None:
        progress("reading annotations", 0, 1)
    words = open_dataset(dataset, data, split="val", crop_size_px=crop_size_px)
    results: list[WordResult] = []
    shown: list[Judged] = []
    total = min(len(words), len(words) if plan.count is None else plan.count)
    for one in judge_words(editor, words.shuffled(plan.seed), reader, plan, sampler=editor.model.sampler):
        results.append(one.result)
        shown += [one] * (len(shown) < MAX_ROWS)
        for metric, task in product(metrics.values(), TASKS):
            metric.add(task, one.sample.image, one.pictures[task])
        if progress is not None:
            progress("drawing and reading words", len(results), total)
    if not results:
        raise BadDataError(f"no word of {data} can be used. " + "; ".join(words.report.lines()))
    report: Report = {
        "protocol": "udifftext",
        "dataset": dataset,
        "model": editor.model_name,
        "reader": reader.name,
        "seed": plan.seed,
        "sampler": asdict(editor.model.sampler),
        "notes": [] if isinstance(editor.model, CropModel) else [_SEES_THE_OLD_WORD],
        "reading": _jsonable(words.report),
        "reading_lines": words.report.lines(),
        "rows": protocol_figures(results, seed=plan.seed),
        "pictures": {name: {task: metric.figures(task) for task in TASKS} for name, metric in metrics.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    described = json.dumps({**report, "items": item_figures(results)}, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "published.json").write_text(described)
    (out / "published.md").write_text(protocol_table(report))
    write_sheet(out, editor.model_name, words.report.dataset, reader.name, shown)
    return report


def _jsonable(report: ReadingReport) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(report).items()}
