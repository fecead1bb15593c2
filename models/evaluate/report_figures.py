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
from models.evaluate.metrics import Interval, edit_similarity, mean_interval, ratio_interval, reads_right
from models.evaluate.protocols import Outcome
from models.evaluate.protocols_photos import PhotoOutcome
from models.evaluate.protocols_reading import MAIN_READER

CEILING, BASELINE, UNTOUCHED = "target", "paste", "old_word"
DRAWN = ("single", "best_of_4")  # the methods that are the model's own

Figures = dict[str, Any]
Values = NDArray[np.float64]
Methods = Mapping[str, Sequence[Outcome]]

_LENGTHS = (4, 8, 12, 24)


def synthetic_figures(pairs: Sequence[Pair], methods: Methods, *, seed: int) -> Figures:
    """Every method's figures, the model's differences to the paste and to the old word, and the breakdowns.

    Needs `CEILING`, `BASELINE`, `UNTOUCHED` and `DRAWN` among the methods.
    """
    figures = {name: method_figures(pairs, outcomes, methods[CEILING], seed=seed) for name, outcomes in methods.items()}
    return {
        "items": len(pairs),
        "methods": figures,
        "over_the_paste": _over(pairs, methods, BASELINE, seed=seed),
        "over_the_old_word": _over(pairs, methods, UNTOUCHED, seed=seed),
        "breakdown": {dimension: _breakdown(pairs, methods, bucket_of) for dimension, bucket_of in _DIMENSIONS.items()},
    }


def method_figures(
    pairs: Sequence[Pair], outcomes: Sequence[Outcome], ceiling: Sequence[Outcome], *, seed: int
) -> Figures:
    """One method over all items: spelling by reader, nearness and style against the true pictures, seconds."""
    seconds = [outcome.drawn.seconds for outcome in outcomes]
    return {
        "readers": {reader: _spelling(pairs, outcomes, ceiling, reader, seed=seed) for reader in outcomes[0].texts},
        "ssim": mean_interval([outcome.ssim for outcome in outcomes], seed=seed).report(),
        "psnr_db": mean_interval([outcome.psnr_db for outcome in outcomes], seed=seed).report(),
        "style": {
            part: round(float(np.mean([getattr(outcome.style, part) for outcome in outcomes])), 3)
            for part in ("stroke_colour", "background_colour", "stroke_width", "sharpness")
        },
        "seconds": {"median": round(float(np.median(seconds)), 3), "max": round(max(seconds), 3)},
        "refused": sum(outcome.drawn.refused is not None for outcome in outcomes),
        "changed_outside_mask_px": sum(outcome.drawn.changed_outside_mask_px for outcome in outcomes),
    }


def differences(
    pairs: Sequence[Pair], outcomes: Sequence[Outcome], others: Sequence[Outcome], *, seed: int
) -> dict[str, dict[str, float]]:
    """Ours minus theirs, item by item, with paired bootstrap intervals."""
    return {
        name: mean_interval(values(pairs, outcomes) - values(pairs, others), seed=seed).report()
        for name, values in _BY_ITEM.items()
    }


def right(pairs: Sequence[Pair], outcomes: Sequence[Outcome], reader: str, *, any_case: bool = False) -> Values:
    """1.0 where the reader reads the new word, else 0.0 (n,)."""
    both = zip(pairs, outcomes, strict=True)
    return np.array(
        [reads_right(pair.target_text, outcome.texts[reader], any_case=any_case) for pair, outcome in both], np.float64
    )


def similarity(pairs: Sequence[Pair], outcomes: Sequence[Outcome], reader: str) -> Values:
    """`edit_similarity` of each reading (n,)."""
    both = zip(pairs, outcomes, strict=True)
    return np.array([edit_similarity(pair.target_text, outcome.texts[reader]) for pair, outcome in both])


def item_figures(pairs: Sequence[Pair], methods: Methods) -> list[Figures]:
    """Every item by itself: the words, and each method's readings and nearness."""
    return [
        {
            "old_text": pair.source_text,
            "new_text": pair.target_text,
            "methods": {
                name: {
                    "texts": outcomes[index].texts,
                    "ssim": round(outcomes[index].ssim, 4),
                    "psnr_db": round(outcomes[index].psnr_db, 2),
                }
                for name, outcomes in methods.items()
            },
        }
        for index, pair in enumerate(pairs)
    ]


def photo_figures(outcomes: Sequence[PhotoOutcome], *, seed: int) -> Figures:
    """Reads right by reader: the edited photos, the untouched ones (the ceiling), the paste; then item by item.

    A refused text counts as not right.
    """
    figures: Figures = {
        "items": len(outcomes),
        "refused": sum(outcome.drawn.refused is not None for outcome in outcomes),
        "changed_outside_mask_px": sum(outcome.drawn.changed_outside_mask_px for outcome in outcomes),
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
            "refused": outcome.drawn.refused,
            "seconds": round(outcome.drawn.seconds, 3),
        }
        for outcome in outcomes
    ]
    return figures


def _over(pairs: Sequence[Pair], methods: Methods, other: str, *, seed: int) -> Figures:
    return {name: differences(pairs, methods[name], methods[other], seed=seed) for name in DRAWN}


def _spelling(
    pairs: Sequence[Pair], outcomes: Sequence[Outcome], ceiling: Sequence[Outcome], reader: str, *, seed: int
) -> Figures:
    ours, best = right(pairs, outcomes, reader), right(pairs, ceiling, reader)
    return {
        "accuracy": mean_interval(ours, seed=seed).report(),
        "accuracy_any_case": mean_interval(right(pairs, outcomes, reader, any_case=True), seed=seed).report(),
        "ned": mean_interval(similarity(pairs, outcomes, reader), seed=seed).report(),
        "share": _reported(ratio_interval(ours, best, seed=seed)),
        "where_readable": _reported(ratio_interval(ours * best, best, seed=seed)),
    }


def _breakdown(pairs: Sequence[Pair], methods: Methods, bucket_of: Callable[[str], str]) -> Figures:
    indices: dict[str, list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        indices[bucket_of(pair.target_text)].append(index)
    return {bucket: _bucket(pairs, methods, chosen) for bucket, chosen in sorted(indices.items())}


def _bucket(pairs: Sequence[Pair], methods: Methods, chosen: list[int]) -> Figures:
    some = [pairs[index] for index in chosen]
    part = {name: [outcomes[index] for index in chosen] for name, outcomes in methods.items()}
    ceiling = float(right(some, part[CEILING], MAIN_READER).mean())
    figures: Figures = {"items": len(some), "ceiling": round(ceiling, 4), "methods": {}}
    for name in (*DRAWN, BASELINE):
        accuracy = float(right(some, part[name], MAIN_READER).mean())
        figures["methods"][name] = {
            "accuracy": round(accuracy, 4),
            "share": round(accuracy / ceiling, 4) if ceiling else None,
            "ssim": round(float(np.mean([outcome.ssim for outcome in part[name]])), 4),
            "psnr_db": round(float(np.mean([outcome.psnr_db for outcome in part[name]])), 2),
        }
    return figures


def kind_of(text: str) -> str:
    """Words and names, or strings with digits and signs."""
    return "letters only" if text.replace(" ", "").isalpha() else "digits or signs"


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


_DIMENSIONS: dict[str, Callable[[str], str]] = {"kind": kind_of, "length": length_of, "case": case_of}
_BY_ITEM: dict[str, Callable[[Sequence[Pair], Sequence[Outcome]], Values]] = {
    "accuracy": lambda pairs, outcomes: right(pairs, outcomes, MAIN_READER),
    "ned": lambda pairs, outcomes: similarity(pairs, outcomes, MAIN_READER),
    "ssim": lambda _, outcomes: np.array([outcome.ssim for outcome in outcomes]),
    "psnr_db": lambda _, outcomes: np.array([outcome.psnr_db for outcome in outcomes]),
}
