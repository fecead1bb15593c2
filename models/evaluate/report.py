"""Runs the protocols on one model and writes what they find: JSON, Markdown, contact sheets.

What `respell evaluate` and `benchmarks/quality.py` call. The only file of the evaluation that writes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from models.config import SamplerConfig
from models.data import assets as asset_store
from models.data.scenes import Pair
from models.evaluate.metrics import Image, reads_right
from models.evaluate.protocols import (
    Drawn,
    Editor,
    Outcome,
    Progress,
    draw_methods,
    edit_pair,
    measure,
    single_shot,
    synthetic_pairs,
)
from models.evaluate.protocols_photos import MANIFEST_NAME, PhotoItem, PhotoOutcome, edit_photos, photo_items
from models.evaluate.protocols_reading import MAIN_READER, Readers, load_readers
from models.evaluate.report_figures import (
    differences,
    item_figures,
    method_figures,
    photo_figures,
    synthetic_figures,
)
from models.evaluate.report_sheet import Cell, Layout, draw_sheet
from models.evaluate.report_tables import main_table, sampler_table
from models.pipeline import TextEditor
from models.regions.quad import Quad

ROWS_PER_SHEET = 20

Report = dict[str, Any]

_SHEET_COLUMNS = {
    "old_word": "old word",
    "target": "true new word",
    "single": "single shot",
    "best_of_4": "best of 4",
    "typeset": "typeset",
    "paste": "plain paste",
}


def run_quality(
    model: Path | None,
    assets: Path,
    photos: Path | None,
    out: Path,
    *,
    count: int,
    seed: int,
    sampler: SamplerConfig | None = None,
    progress: Progress | None = None,
) -> Report:
    """All of it for the model in a folder (None: the built-in one), `photos` the folder of a manifest or None.

    `sampler` None is the model's own. Writes quality.json, quality.md and sheets into `out`, returns the report.
    Raises BadModelError, FileNotFoundError.
    """
    editor, (readers, notes) = TextEditor.load(model), load_readers()
    pairs = synthetic_pairs(asset_store.load(assets, "held_out"), count, seed=seed)
    items = photo_items(photos / MANIFEST_NAME) if photos is not None else []
    return evaluate_editor(
        editor,
        pairs,
        items,
        readers,
        out,
        notes=notes,
        seed=seed,
        sampler=sampler or editor.model.sampler,
        progress=progress,
    )


def run_samplers(
    model: Path | None,
    assets: Path,
    out: Path,
    *,
    title: str,
    samplers: Callable[[SamplerConfig], Mapping[str, SamplerConfig]],
    count: int,
    seed: int,
    progress: Progress | None = None,
) -> Report:
    """The same pairs drawn once with each way of sampling, compared with the first of them.

    `samplers` makes them from the model's own. Writes <title>.json and <title>.md into `out`, returns the report.
    """
    editor, (readers, notes) = TextEditor.load(model), load_readers()
    pairs = synthetic_pairs(asset_store.load(assets, "held_out"), count, seed=seed)
    return compare_samplers(
        editor,
        pairs,
        readers,
        out,
        title=title,
        samplers=samplers(editor.model.sampler),
        notes=notes,
        seed=seed,
        progress=progress,
    )


def evaluate_editor(
    editor: Editor,
    pairs: Sequence[Pair],
    items: Sequence[PhotoItem],
    readers: Readers,
    out: Path,
    *,
    notes: Sequence[str],
    seed: int,
    sampler: SamplerConfig,
    progress: Progress | None = None,
) -> Report:
    """`run_quality` for an editor, pairs and photo words that are loaded already."""
    drawn = draw_methods(editor, pairs, seed=seed, sampler=sampler, progress=progress)
    methods: dict[str, list[Outcome]] = {}
    for index, (name, drawings) in enumerate(drawn.items(), start=1):
        methods[name] = measure(pairs, drawings, readers)
        if progress is not None:
            progress("reading", index, len(drawn))
    report: Report = {
        "model": editor.model_name,
        "seed": seed,
        "sampler": asdict(sampler),
        "notes": list(notes),
        "synthetic": synthetic_figures(pairs, methods, seed=seed),
        "photos": None,
    }
    out.mkdir(parents=True, exist_ok=True)
    _write_pair_sheets(out, editor.model_name, pairs, methods)
    if items:
        outcomes = edit_photos(editor, items, readers, seed=seed, sampler=sampler, progress=progress)
        report["photos"] = photo_figures(outcomes, seed=seed)
        _write_photo_sheet(out, editor.model_name, outcomes)
    _write(out / "quality", {**report, "items": item_figures(pairs, methods)}, main_table(report))
    return report


def compare_samplers(
    editor: Editor,
    pairs: Sequence[Pair],
    readers: Readers,
    out: Path,
    *,
    title: str,
    samplers: Mapping[str, SamplerConfig],
    notes: Sequence[str],
    seed: int,
    progress: Progress | None = None,
) -> Report:
    """`run_samplers` for an editor and pairs that are loaded already."""
    outcomes: dict[str, list[Outcome]] = {}
    for name, sampler in samplers.items():
        drawn: list[Drawn] = []
        for index, pair in enumerate(pairs):
            drawn.append(edit_pair(editor, pair, single_shot(seed, index, sampler)))
            if progress is not None:
                progress(name, index + 1, len(pairs))
        outcomes[name] = measure(pairs, drawn, readers)
    ceiling = measure(pairs, [Drawn(pair.target) for pair in pairs], readers)
    baseline, *others = samplers
    report: Report = {
        "title": title,
        "model": editor.model_name,
        "seed": seed,
        "items": len(pairs),
        "notes": list(notes),
        "baseline": baseline,
        "settings": {name: asdict(sampler) for name, sampler in samplers.items()},
        "samplers": {name: method_figures(pairs, drawn, ceiling, seed=seed) for name, drawn in outcomes.items()},
        "differences": {name: differences(pairs, outcomes[name], outcomes[baseline], seed=seed) for name in others},
    }
    out.mkdir(parents=True, exist_ok=True)
    _write(out / title, report, sampler_table(report))
    return report


def _write(stem: Path, report: Report, markdown: str) -> None:
    stem.with_suffix(".json").write_text(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False))
    stem.with_suffix(".md").write_text(markdown)


def _write_pair_sheets(out: Path, model: str, pairs: Sequence[Pair], methods: Mapping[str, list[Outcome]]) -> None:
    pages = range(0, len(pairs), ROWS_PER_SHEET)
    for page, first in enumerate(pages, start=1):
        indices = range(first, min(first + ROWS_PER_SHEET, len(pairs)))
        rows = [
            (str(index + 1), [_pair_cell(name, pairs[index], methods[name][index]) for name in _SHEET_COLUMNS])
            for index in indices
        ]
        subtitle = f"sheet {page} of {len(pages)} · under each picture what RapidOCR reads, and SSIM to the true word"
        sheet = draw_sheet(f"{model}: synthetic pairs", subtitle, [*_SHEET_COLUMNS.values()], rows, Layout(330, 72))
        sheet.save(out / f"pairs-{page:02}.png")


def _pair_cell(method: str, pair: Pair, outcome: Outcome) -> Cell:
    if method == "old_word":
        return Cell(outcome.drawn.picture, pair.source_text)
    text = outcome.texts[MAIN_READER]
    is_right = reads_right(pair.target_text, text)
    note = f"{outcome.ssim:.2f}"
    if method == "target":
        note = "" if is_right else f"is {pair.target_text}"
    return Cell(outcome.drawn.picture, text, is_right, note)


def _write_photo_sheet(out: Path, model: str, outcomes: Sequence[PhotoOutcome]) -> None:
    rows = []
    for index, outcome in enumerate(outcomes, start=1):
        item, text = outcome.item, outcome.texts[MAIN_READER]
        said = f"refused: {outcome.drawn.refused}" if outcome.drawn.refused else text
        before = Cell(_surroundings(item.image, item.quad_px), item.text)
        edited = _surroundings(outcome.drawn.picture, item.quad_px)
        is_right = reads_right(item.new_text, text)
        wanted = "" if is_right else f"wanted {item.new_text}"
        rows.append((str(index), [before, Cell(edited, said, is_right, wanted)]))
    subtitle = "best of 4 · under each new picture what RapidOCR reads there"
    sheet = draw_sheet(f"{model}: real photos", subtitle, ["before", "after"], rows, Layout(460, 190, abreast=2))
    sheet.save(out / "photos.png")


def _surroundings(image: Image, quad: Quad) -> Image:
    """The photo around a quad, with three quarters of the text's height on every side."""
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    room = 0.75 * float(np.linalg.norm(quad[3] - quad[0]))
    x0, y0 = max(0, round(left - room)), max(0, round(top - room))
    return np.ascontiguousarray(image[y0 : round(bottom + room), x0 : round(right + room)])
