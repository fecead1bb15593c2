"""From measured drawings to the figures of a report, JSON-ready. Draws no tables and writes no files.

`share` is the accuracy over all items divided by the ceiling's accuracy over all items, the ceiling being the same
reader on the true pictures. `where_readable` is the accuracy over the items whose true picture that reader reads right.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.scenes import Pair
from models.evaluate.metrics import (
    Interval,
    edit_similarity,
    mean_interval,
    median_interval,
    ratio_interval,
    reads_right,
)
from models.evaluate.outcomes import Outcome, Subject
from models.evaluate.protocols_photos import PhotoOutcome
from models.evaluate.protocols_reading import MAIN_READER
from models.evaluate.style import PARTS, StyleMatch

CEILING, BASELINE, UNTOUCHED, DRAFT = "target", "paste", "old_word", "typeset"
DRAWN = ("single", "best_of_4")  # the methods that are the model's own

Figures = dict[str, Any]
Values = NDArray[np.float64]
Methods = Mapping[str, Sequence[Outcome]]

_LENGTHS = (4, 8, 12, 24)


def synthetic_figures(subjects: Sequence[Subject], methods: Methods, *, seed: int) -> Figures:
    """Every method's figures, the model's differences to the paste, the draft and the old word, and the breakdowns.

    Needs `CEILING`, `BASELINE`, `UNTOUCHED`, `DRAFT` and `DRAWN` among the methods.
    """
    figures = neighbour_figures(subjects, methods, seed=seed)
    texts = [subject.text for subject in subjects]
    return {
        **figures,
        "over_the_old_word": _over(subjects, methods, UNTOUCHED, seed=seed),
        "breakdown": {dimension: _breakdown(texts, methods, bucket_of) for dimension, bucket_of in _DIMENSIONS.items()},
    }


def neighbour_figures(subjects: Sequence[Subject], methods: Methods, *, seed: int) -> Figures:
    """The same without the old word and the breakdowns: of a hidden word nothing is left, and the signs are few."""
    texts = [subject.text for subject in subjects]
    return {
        "items": len(subjects),
        "methods": {
            name: method_figures(texts, outcomes, methods[CEILING], seed=seed) for name, outcomes in methods.items()
        },
        "over_the_paste": _over(subjects, methods, BASELINE, seed=seed),
        "over_the_draft": _over(subjects, methods, DRAFT, seed=seed),
    }


def method_figures(
    texts: Sequence[str], outcomes: Sequence[Outcome], ceiling: Sequence[Outcome], *, seed: int
) -> Figures:
    """One method over all items: spelling by reader, nearness, looks and seams against the true pictures, seconds."""
    seconds = [outcome.drawn.seconds for outcome in outcomes]
    return {
        "readers": {reader: _spelling(texts, outcomes, ceiling, reader, seed=seed) for reader in outcomes[0].texts},
        "ssim": mean_interval([outcome.ssim for outcome in outcomes], seed=seed).report(),
        "psnr_db": mean_interval([outcome.psnr_db for outcome in outcomes], seed=seed).report(),
        "style": _style(outcomes, seed=seed),
        "seams": {
            name: _median([getattr(outcome, name) for outcome in outcomes], seed=seed)
            for name in ("seam", "change_seam")
        },
        "seconds": {"median": round(float(np.median(seconds)), 3), "max": round(max(seconds), 3)},
        "refused": sum(outcome.drawn.refused is not None for outcome in outcomes),
        "changed_outside_mask_px": sum(outcome.drawn.changed_outside_mask_px for outcome in outcomes),
    }


def differences(
    texts: Sequence[str], outcomes: Sequence[Outcome], others: Sequence[Outcome], *, seed: int
) -> dict[str, dict[str, float]]:
    """Ours minus theirs, item by item, with paired bootstrap intervals."""
    return {
        name: mean_interval(values(texts, outcomes) - values(texts, others), seed=seed).report()
        for name, values in _BY_ITEM.items()
    }


def right(texts: Sequence[str], outcomes: Sequence[Outcome], reader: str, *, any_case: bool = False) -> Values:
    """1.0 where the reader reads the wanted text, else 0.0 (n,)."""
    both = zip(texts, outcomes, strict=True)
    return np.array([reads_right(text, outcome.texts[reader], any_case=any_case) for text, outcome in both], np.float64)


def similarity(texts: Sequence[str], outcomes: Sequence[Outcome], reader: str) -> Values:
    """`edit_similarity` of each reading (n,)."""
    return np.array(
        [edit_similarity(text, outcome.texts[reader]) for text, outcome in zip(texts, outcomes, strict=True)]
    )


def item_figures(names: Sequence[Figures], methods: Methods) -> list[Figures]:
    """Every item by itself: `names`, what says which item it is, and each method's readings, nearness and looks."""
    return [
        {
            **name,
            "methods": {
                method: {
                    "texts": outcomes[index].texts,
                    "ssim": round(outcomes[index].ssim, 4),
                    "psnr_db": round(outcomes[index].psnr_db, 2),
                    "style": _rounded(outcomes[index].style),
                    "seam": _shortened(outcomes[index].seam),
                    "change_seam": _shortened(outcomes[index].change_seam),
                }
                for method, outcomes in methods.items()
            },
        }
        for index, name in enumerate(names)
    ]


def pair_names(pairs: Sequence[Pair]) -> list[Figures]:
    """Which pairs these are, for `item_figures`."""
    return [{"old_text": pair.source_text, "new_text": pair.target_text} for pair in pairs]


def photo_figures(outcomes: Sequence[PhotoOutcome], *, seed: int) -> Figures:
    """Reads right by reader: the edited photos, the untouched ones (the ceiling), the paste; then item by item.

    A refused text counts as not right.
    """
    figures: Figures = {
        "items": len(outcomes),
        "refused": sum(outcome.drawn.refused is not None for outcome in outcomes),
        "changed_outside_mask_px": sum(outcome.drawn.changed_outside_mask_px for outcome in outcomes),
        "seams": {
            name: _median([getattr(outcome, name) for outcome in outcomes], seed=seed)
            for name in ("seam", "change_seam")
        },
        "readers": {},
    }
    for reader in outcomes[0].texts:
        ours, old, pasted = (
            np.array([reads_right(*words) for words in readings], np.float64)
            for readings in (
                [(outcome.item.new_text, outcome.texts[reader]) for outcome in outcomes],
                [(outcome.item.text, outcome.old_texts[reader]) for outcome in outcomes],
                [(outcome.item.new_text, outcome.paste_texts[reader]) for outcome in outcomes],
            )
        )
        figures["readers"][reader] = {
            "best_of_4": mean_interval(ours, seed=seed).report(),
            "share": _reported(ratio_interval(ours, old, seed=seed)),
            "paste": mean_interval(pasted, seed=seed).report(),
            "untouched": mean_interval(old, seed=seed).report(),
        }
    figures["by_item"] = [
        {
            "photo": outcome.item.photo,
            "text": outcome.item.text,
            "new_text": outcome.item.new_text,
            "texts": outcome.texts,
            "old_texts": outcome.old_texts,
            "paste_texts": outcome.paste_texts,
            "seam": _shortened(outcome.seam),
            "change_seam": _shortened(outcome.change_seam),
            "refused": outcome.drawn.refused,
            "seconds": round(outcome.drawn.seconds, 3),
        }
        for outcome in outcomes
    ]
    return figures


def _over(subjects: Sequence[Subject], methods: Methods, other: str, *, seed: int) -> Figures:
    texts = [subject.text for subject in subjects]
    return {name: differences(texts, methods[name], methods[other], seed=seed) for name in DRAWN}


def _style(outcomes: Sequence[Outcome], *, seed: int) -> Figures:
    """Medians of each part of `StyleMatch`, of the items where it could be measured."""
    styles = [outcome.style for outcome in outcomes if outcome.style is not None]
    return {
        "measured": len(styles),
        **{part: _median([getattr(style, part) for style in styles], seed=seed) for part in PARTS},
    }


def _median(values: Sequence[float | None], *, seed: int) -> dict[str, float] | None:
    known = [value for value in values if value is not None]
    return median_interval(known, seed=seed).report() if known else None


def _spelling(
    texts: Sequence[str], outcomes: Sequence[Outcome], ceiling: Sequence[Outcome], reader: str, *, seed: int
) -> Figures:
    ours, best = right(texts, outcomes, reader), right(texts, ceiling, reader)
    return {
        "accuracy": mean_interval(ours, seed=seed).report(),
        "accuracy_any_case": mean_interval(right(texts, outcomes, reader, any_case=True), seed=seed).report(),
        "ned": mean_interval(similarity(texts, outcomes, reader), seed=seed).report(),
        "share": _reported(ratio_interval(ours, best, seed=seed)),
        "where_readable": _reported(ratio_interval(ours * best, best, seed=seed)),
    }


def _breakdown(texts: Sequence[str], methods: Methods, bucket_of: Callable[[str], str]) -> Figures:
    indices: dict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        indices[bucket_of(text)].append(index)
    return {bucket: _bucket(texts, methods, chosen) for bucket, chosen in sorted(indices.items())}


def _bucket(texts: Sequence[str], methods: Methods, chosen: list[int]) -> Figures:
    some = [texts[index] for index in chosen]
    figures: Figures = {"items": len(some), "methods": {}}
    for name in (*DRAWN, DRAFT, BASELINE, CEILING):
        part = [methods[name][index] for index in chosen]
        figures["methods"][name] = {
            "accuracy": {reader: round(float(right(some, part, reader).mean()), 4) for reader in part[0].texts},
            "ssim": round(float(np.mean([outcome.ssim for outcome in part])), 4),
            "psnr_db": round(float(np.mean([outcome.psnr_db for outcome in part])), 2),
        }
    return figures


def kind_of(text: str) -> str:
    """Words and names, or random strings: nearly all of the generator's hold digits or signs, no others do."""
    return "words and names" if text.replace(" ", "").isalpha() else "random strings"


def length_of(text: str) -> str:
    """The bucket of the text's number of characters: 1-4, 5-8, 9-12, 13-24. Two digits each, so that they sort."""
    low = 1
    for high in _LENGTHS:
        if len(text) <= high:
            return f"{low:02}-{high:02}"
        low = high + 1
    return f"{low:02}+"


def case_of(text: str) -> str:
    """lower, Title, UPPER, mixed; "no letters" for none."""
    if not any(character.isalpha() for character in text):
        return "no letters"
    tests = {"UPPER": text.isupper(), "lower": text.islower(), "Title": text.istitle()}
    return next((name for name, holds in tests.items() if holds), "mixed")


def _reported(interval: Interval | None) -> dict[str, float] | None:
    return interval.report() if interval is not None else None


def _rounded(style: StyleMatch | None) -> Figures | None:
    return None if style is None else {part: round(getattr(style, part), 3) for part in PARTS}


def _shortened(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


_DIMENSIONS: dict[str, Callable[[str], str]] = {"kind": kind_of, "length": length_of, "case": case_of}
_BY_ITEM: dict[str, Callable[[Sequence[str], Sequence[Outcome]], Values]] = {
    "accuracy": lambda texts, outcomes: right(texts, outcomes, MAIN_READER),
    "ned": lambda texts, outcomes: similarity(texts, outcomes, MAIN_READER),
    "ssim": lambda _, outcomes: np.array([outcome.ssim for outcome in outcomes]),
    "psnr_db": lambda _, outcomes: np.array([outcome.psnr_db for outcome in outcomes]),
}
