"""Runs the protocols on one model and writes what they find: JSON, Markdown, contact sheets.

What `respell evaluate` and `benchmarks/quality.py` call.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.config import SamplerConfig
from models.data import assets as asset_store
from models.data.scenes import Pair
from models.evaluate.outcomes import Drawn, Outcome, Subject, measure
from models.evaluate.protocols import (
    Editor,
    Progress,
    draw_methods,
    edit_pair,
    single_shot,
    subject_of,
    synthetic_pairs,
)
from models.evaluate.protocols_confidence import judge_drafts, judge_outcomes
from models.evaluate.protocols_neighbours import (
    NeighbourItem,
    draw_neighbours,
    neighbour_items,
    neighbour_subject,
)
from models.evaluate.protocols_photos import MANIFEST_NAME, PhotoItem, edit_photos, photo_items
from models.evaluate.protocols_reading import Readers, load_readers
from models.evaluate.report_confidence import confidence_figures
from models.evaluate.report_contacts import write_neighbour_sheet, write_pair_sheets, write_photo_sheet
from models.evaluate.report_figures import (
    CEILING,
    differences,
    item_figures,
    method_figures,
    neighbour_figures,
    pair_names,
    photo_figures,
    synthetic_figures,
)
from models.evaluate.report_tables import main_table, sampler_table
from models.pipeline import BadModelError, TextEditor
from models.reading.recognition import LineRecogniser

Report = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Items:
    """What a model is to be judged on; an empty list leaves that protocol out."""

    pairs: Sequence[Pair] = field(repr=False, default=())
    photos: Sequence[PhotoItem] = field(repr=False, default=())
    neighbours: Sequence[NeighbourItem] = field(repr=False, default=())


def run_quality(
    model: Path | None,
    assets: Path,
    photos: Path | None,
    out: Path,
    *,
    count: int,
    seed: int,
    sampler: SamplerConfig | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Report:
    """All of it for the model in a folder (None: the built-in one), `photos` the folder of a manifest or None.

    No pairs are drawn with a `count` of 0. `sampler` None is the model's own. Writes quality.json, quality.md and
    sheets into `out`, returns the report. Raises BadModelError, FileNotFoundError.
    """
    editor, (readers, notes) = TextEditor.load(model, device=device), load_readers()
    items = Items(
        pairs=synthetic_pairs(asset_store.load(assets, "held_out"), count, seed=seed) if count else (),
        photos=photo_items(photos / MANIFEST_NAME) if photos is not None else (),
        neighbours=neighbour_items(photos, editor.reader) if photos is not None else (),
    )
    return evaluate_editor(
        editor, items, readers, out, notes=notes, seed=seed, sampler=sampler or _own_sampler(editor), progress=progress
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
        samplers=samplers(_own_sampler(editor)),
        notes=notes,
        seed=seed,
        progress=progress,
    )


def evaluate_editor(
    editor: Editor,
    items: Items,
    readers: Readers,
    out: Path,
    *,
    notes: Sequence[str],
    seed: int,
    sampler: SamplerConfig,
    progress: Progress | None = None,
) -> Report:
    """`run_quality` for an editor and items that are loaded already."""
    report: Report = {
        "model": editor.model_name,
        "seed": seed,
        "sampler": asdict(sampler),
        "notes": list(notes),
        "synthetic": None,
        "confidence": None,
        "photos": None,
        "neighbours": None,
    }
    details: dict[str, Any] = {}
    out.mkdir(parents=True, exist_ok=True)
    if items.pairs:
        subjects = [subject_of(pair) for pair in items.pairs]
        drawn = draw_methods(editor, items.pairs, seed=seed, sampler=sampler, progress=progress)
        methods = _measured(subjects, drawn, readers, "reading pairs", progress)
        report["synthetic"] = synthetic_figures(subjects, methods, seed=seed)
        details["items"] = item_figures(pair_names(items.pairs), methods)
        write_pair_sheets(out, editor.model_name, items.pairs, methods)
        best, recogniser = methods["best_of_4"], LineRecogniser.load()
        report["confidence"] = confidence_figures(
            judge_drafts(editor, items.pairs, recogniser, seed=seed, sampler=sampler, progress=progress),
            judge_outcomes(subjects, best, recogniser),
            subjects,
            best,
            methods[CEILING],
            seed=seed,
        )
    if items.neighbours:
        subjects = [neighbour_subject(item) for item in items.neighbours]
        drawn = draw_neighbours(editor, items.neighbours, seed=seed, sampler=sampler, progress=progress)
        methods = _measured(subjects, drawn, readers, "reading neighbours", progress)
        report["neighbours"] = neighbour_figures(subjects, methods, seed=seed)
        names = [{"photo": item.photo, "text": item.text, "neighbour": item.neighbour} for item in items.neighbours]
        details["neighbour_items"] = item_figures(names, methods)
        write_neighbour_sheet(out, editor.model_name, items.neighbours, methods)
    if items.photos:
        outcomes = edit_photos(editor, items.photos, readers, seed=seed, sampler=sampler, progress=progress)
        report["photos"] = photo_figures(outcomes, seed=seed)
        write_photo_sheet(out, editor.model_name, outcomes)
    _write(out / "quality", {**report, **details}, main_table(report))
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
    subjects, texts = [subject_of(pair) for pair in pairs], [pair.target_text for pair in pairs]
    outcomes: dict[str, list[Outcome]] = {}
    for name, sampler in samplers.items():
        drawn: list[Drawn] = []
        for index, pair in enumerate(pairs):
            drawn.append(edit_pair(editor, pair, single_shot(seed, index, sampler)))
            if progress is not None:
                progress(name, index + 1, len(pairs))
        outcomes[name] = measure(subjects, drawn, readers)
    ceiling = measure(subjects, [Drawn(pair.target) for pair in pairs], readers)
    baseline, *others = samplers
    report: Report = {
        "title": title,
        "model": editor.model_name,
        "seed": seed,
        "items": len(pairs),
        "notes": list(notes),
        "baseline": baseline,
        "settings": {name: asdict(sampler) for name, sampler in samplers.items()},
        "samplers": {name: method_figures(texts, drawn, ceiling, seed=seed) for name, drawn in outcomes.items()},
        "differences": {name: differences(texts, outcomes[name], outcomes[baseline], seed=seed) for name in others},
    }
    out.mkdir(parents=True, exist_ok=True)
    _write(out / title, report, sampler_table(report))
    return report


def _own_sampler(editor: TextEditor) -> SamplerConfig:
    sampler = editor.model.sampler
    if not isinstance(sampler, SamplerConfig):
        raise BadModelError(f"{editor.model_name} draws without drafts, which these protocols compare it with")
    return sampler


def _measured(
    subjects: Sequence[Subject],
    drawn: Mapping[str, Sequence[Drawn]],
    readers: Readers,
    what: str,
    progress: Progress | None,
) -> dict[str, list[Outcome]]:
    """Every method's outcomes."""
    methods: dict[str, list[Outcome]] = {}
    for index, (name, drawings) in enumerate(drawn.items(), start=1):
        methods[name] = measure(subjects, drawings, readers)
        if progress is not None:
            progress(what, index, len(drawn))
    return methods


def _write(stem: Path, report: Report, markdown: str) -> None:
    stem.with_suffix(".json").write_text(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False))
    stem.with_suffix(".md").write_text(markdown)
