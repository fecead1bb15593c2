"""Is "reads right" to be believed? The figures of `protocols_confidence`, JSON-ready, and their Markdown."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from models.evaluate.markdown import table
from models.evaluate.metrics import mean_interval, reads_right
from models.evaluate.outcomes import Outcome, Subject
from models.evaluate.protocols_confidence import MISTAKES, Judged
from models.evaluate.protocols_reading import MAIN_READER

BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)  # of the least confidence of a reading's characters

Figures = dict[str, Any]


def confidence_figures(
    drafts: Sequence[Judged],
    ours: Sequence[Judged],
    subjects: Sequence[Subject],
    outcomes: Sequence[Outcome],
    ceiling: Sequence[Outcome],
    *,
    seed: int,
) -> Figures:
    """How often right and wrong words are said to read right, whether a second reader agrees, by confidence.

    `ours`, `subjects`, `outcomes` and `ceiling` (the true pictures) are the same items in the same order.
    """
    figures: Figures = {
        "verified": {
            mistake or "right": _share([one.verified for one in drafts if one.mistake == mistake], seed=seed)
            for mistake in (None, *MISTAKES)
        },
        "reliability": [_bin(drafts, low, high) for low, high in pairwise(BINS)],
        "second_reader": None,
    }
    others = [name for name in ceiling[0].texts if name != MAIN_READER]
    if others:
        figures["second_reader"] = _agreement(others[0], ours, subjects, outcomes, ceiling, seed=seed)
    return figures


def confidence_tables(figures: Figures) -> list[str]:
    """Paragraphs of Markdown."""
    shares = [
        [name, str(share["items"]), f"{share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"]
        for name, share in figures["verified"].items()
        if share is not None
    ]
    bins = [
        [
            f"{row['from']} to {row['to']}",
            str(row["right"]),
            str(row["wrong"]),
            "–" if row["p_right"] is None else f"{row['p_right']:.3f}",
        ]
        for row in figures["reliability"]
    ]
    parts = [
        "Drafts whose letters are known, read back as the door reads them. How often the word is said to read right:",
        table(["what is written", "drawings", "verified"], shares),
        "Of those that are said to read right, by the least confidence of a character; P(right) as if right and wrong "
        "words were equally many (all mistakes together count as much as the right words):",
        table(["confidence", "right", "wrong", "P(right)"], bins),
    ]
    second = figures["second_reader"]
    if second is not None:
        rows = [
            [name, str(share["items"]), f"{share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"]
            for name, share in second["agrees"].items()
            if share is not None
        ]
        parts += [
            f"The model's own drawings, where {second['reader']} reads the true picture right: how often it reads the "
            "drawing right, too:",
            table(["", "drawings", second["reader"]], rows),
        ]
    return parts


def _bin(drafts: Sequence[Judged], low: float, high: float) -> Figures:
    inside = [
        one for one in drafts if one.verified and (low <= one.confidence < high or (high == 1 and one.confidence == 1))
    ]
    right = sum(one.mistake is None for one in inside)
    wrong = len(inside) - right
    num_right = sum(one.mistake is None for one in drafts)
    num_wrong = len(drafts) - num_right
    weighed = right / max(num_right, 1), wrong / max(num_wrong, 1)
    return {
        "from": low,
        "to": high,
        "right": right,
        "wrong": wrong,
        "p_right": round(weighed[0] / sum(weighed), 4) if inside else None,
    }


def _agreement(
    reader: str,
    ours: Sequence[Judged],
    subjects: Sequence[Subject],
    outcomes: Sequence[Outcome],
    ceiling: Sequence[Outcome],
    *,
    seed: int,
) -> Figures:
    """The second reader's verdicts on our drawings, of the items whose true picture it reads right."""
    readable = [
        (one, reads_right(subject.text, outcome.texts[reader]))
        for one, subject, outcome, true in zip(ours, subjects, outcomes, ceiling, strict=True)
        if reads_right(subject.text, true.texts[reader])
    ]
    return {
        "reader": reader,
        "agrees": {
            "verified": _share([agrees for one, agrees in readable if one.verified], seed=seed),
            "not verified": _share([agrees for one, agrees in readable if not one.verified], seed=seed),
        },
    }


def _share(values: Sequence[bool], *, seed: int) -> Figures | None:
    if not values:
        return None
    return {"items": len(values), **mean_interval(np.array(values, np.float64), seed=seed).report()}
