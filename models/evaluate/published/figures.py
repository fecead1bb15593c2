"""The figures of the published protocol, JSON-ready. Knows readings; no pictures.

SeqAcc is the share of words read exactly: in any case, as published, and with case. NED is 1 − edit distance over the
longer length, in any case. Of several runs a word counts by its mean; intervals are over words, for shares Wilson's.
"""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from models.evaluate.metrics import edit_similarity, mean_interval, share_interval
from models.evaluate.published.protocol import PAPER_WORDS, TASKS, Task, WordResult

SHORT_CHARS = 8  # ICDAR 2013 is published for words of at most that many, too

Figures = dict[str, Any]


def protocol_figures(results: Sequence[WordResult], *, seed: int) -> Figures:
    """Rows by name: all words, the short ones, and the first 100 in their first run, as the paper counts.

    Raises ValueError for no words.
    """
    rows = {"all words": row_figures(results, seed=seed)}
    short = [result for result in results if len(result.text) <= SHORT_CHARS]
    if 0 < len(short) < len(results):
        rows[f"words of at most {SHORT_CHARS} letters"] = row_figures(short, seed=seed)
    first = [_first_run(result) for result in results[:PAPER_WORDS]]
    rows[f"first {len(first)}, one seed"] = row_figures(first, seed=seed)
    return rows


def row_figures(results: Sequence[WordResult], *, seed: int) -> Figures:
    """Of these words: what is read of the untouched pictures, and of either task's drawings."""
    untouched = [_exact(result.text, result.untouched) for result in results]
    return {
        "words": len(results),
        "runs": 1 + max(attempt.run for result in results for attempt in result.attempts),
        "untouched": share_interval(untouched).report(),
        **{task: _task_figures(results, task, seed=seed) for task in TASKS},
    }


def item_figures(results: Sequence[WordResult]) -> list[Figures]:
    """Every word with all its readings."""
    return [
        {
            "name": result.name,
            "text": result.text,
            "untouched": result.untouched,
            **{
                task: [
                    {"wanted": attempt.wanted, "reading": attempt.reading, "refused": attempt.refused}
                    for attempt in result.of(task)
                ]
                for task in TASKS
            },
        }
        for result in results
    ]


def reads_exactly(wanted: str, reading: str) -> bool:
    """As published: in any case. Blanks don't count, as these are single words."""
    return _exact(wanted, reading) == 1


def _task_figures(results: Sequence[WordResult], task: Task, *, seed: int) -> Figures:
    def by_word(measure: Callable[[str, str], float]) -> list[float]:
        return [
            statistics.fmean(measure(attempt.wanted, attempt.reading) for attempt in result.of(task))
            for result in results
        ]

    attempts = [attempt for result in results for attempt in result.of(task)]
    return {
        "seq_acc": share_interval(by_word(_exact)).report(),
        "seq_acc_with_case": share_interval(by_word(_exact_with_case)).report(),
        "ned": mean_interval(by_word(_ned), seed=seed).report(),
        "refused": sum(attempt.refused is not None for attempt in attempts),
        "seconds": round(statistics.median(attempt.seconds for attempt in attempts), 3),
    }


def _first_run(result: WordResult) -> WordResult:
    first = tuple(attempt for attempt in result.attempts if attempt.run == 0)
    return WordResult(result.name, result.text, result.untouched, first)


def _exact(wanted: str, reading: str) -> float:
    return _exact_with_case(wanted.casefold(), reading.casefold())


def _exact_with_case(wanted: str, reading: str) -> float:
    return float("".join(reading.split()) == wanted)


def _ned(wanted: str, reading: str) -> float:
    return edit_similarity(wanted.casefold(), reading.casefold())
