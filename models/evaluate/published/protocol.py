"""UDiffText's protocol: each word of a data set written again, and another as long in its place, then read.

Both go through the public door, one drawing each, nothing verified. Knows the door and crop samples; no data set.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from models.config import Sampling
from models.data.crop_samples import CropSample
from models.data.published.editing_words import editing_word
from models.errors import BadTargetError
from models.evaluate.metrics import Image
from models.evaluate.outcomes import Drawn
from models.evaluate.protocols import Editor, edit_item
from models.evaluate.readers import TextReader
from models.pipeline.request import EditOptions, EditTarget
from models.regions.quad import Quad, quad_from_box, quad_from_mask

Task = Literal["reconstruction", "editing"]
TASKS: tuple[Task, ...] = ("reconstruction", "editing")

RUNS = 5
PAPER_WORDS = 100

_SEEDS_PER_RUN = 10_000_019  # more than words have
_UPRIGHT_SHARE = 0.9  # of its bounds that a mask covers, from which on it is taken to be upright


@dataclass(frozen=True)
class Plan:
    """What is drawn: the first `count` words (None: all), `runs` times, with seeds from `seed` on."""

    seed: int
    runs: int = RUNS
    count: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One drawing as it was read; `refused` is the code of the door's refusal, of which nothing is read."""

    task: Task
    run: int
    wanted: str
    reading: str
    refused: str | None
    seconds: float


@dataclass(frozen=True)
class WordResult:
    """One word and what became of it. `untouched` is what is read where nothing was drawn."""

    name: str
    text: str
    untouched: str
    attempts: tuple[Attempt, ...]

    def of(self, task: Task) -> tuple[Attempt, ...]:
        return tuple(attempt for attempt in self.attempts if attempt.task == task)


@dataclass(frozen=True, eq=False)
class Judged:
    """A word's result and the pictures of its first run."""

    result: WordResult
    sample: CropSample = field(repr=False)
    pictures: dict[Task, Image] = field(repr=False)


def judge_words(
    editor: Editor, samples: Iterable[CropSample], reader: TextReader, plan: Plan, *, sampler: Sampling
) -> Iterator[Judged]:
    """Each word drawn for both tasks in every run, and read in its text box."""
    for index, sample in enumerate(samples):
        if index == plan.count:
            return
        yield _judge(editor, sample, reader, plan, sampler=sampler, index=index)


def quad_of(sample: CropSample) -> Quad:
    """Where the built-in model takes the word to be: its box, or where it is slanted the rectangle round its mask.

    Raises BadTargetError.
    """
    x0, y0, x1, y1 = sample.text_box
    if sample.mask.sum() >= _UPRIGHT_SHARE * (x1 - x0) * (y1 - y0):
        return quad_from_box(x0, y0, x1 - x0, y1 - y0)
    return quad_from_mask(sample.mask)


def _judge(
    editor: Editor, sample: CropSample, reader: TextReader, plan: Plan, *, sampler: Sampling, index: int
) -> Judged:
    wanted: list[tuple[Task, int, str]] = []
    for run in range(plan.runs):
        rng = np.random.default_rng((plan.seed + run, index))
        wanted += [("reconstruction", run, sample.text), ("editing", run, editing_word(sample.text, rng))]
    drawn = [
        _draw(editor, sample, text, sampler=sampler, seed=(plan.seed + run) * _SEEDS_PER_RUN + index)
        for _, run, text in wanted
    ]
    untouched, *readings = reader.read([_crop(sample.image, sample), *(_crop(one.picture, sample) for one in drawn)])
    attempts = tuple(
        Attempt(task, run, text, "" if one.refused else reading, one.refused, one.seconds)
        for (task, run, text), one, reading in zip(wanted, drawn, readings, strict=True)
    )
    pictures = {task: one.picture for (task, run, _), one in zip(wanted, drawn, strict=True) if run == 0}
    return Judged(WordResult(sample.name, sample.text, untouched, attempts), sample, pictures)


def _draw(editor: Editor, sample: CropSample, text: str, *, sampler: Sampling, seed: int) -> Drawn:
    options = EditOptions(seed=seed, num_candidates=1, max_attempts=1, verify=False, fallback="none", sampler=sampler)
    started = time.perf_counter()
    try:
        target = EditTarget(quad_px=quad_of(sample), mask=sample.mask)
    except BadTargetError as error:
        return Drawn(sample.image, time.perf_counter() - started, refused=error.code)
    return edit_item(editor, sample.image, target, text, options)


def _crop(picture: Image, sample: CropSample) -> Image:
    """The text box exactly, as published."""
    x0, y0, x1, y1 = sample.text_box
    return np.ascontiguousarray(picture[y0:y1, x0:x1])
