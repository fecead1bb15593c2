"""A report of the published protocol as Markdown, with what the paper says beside it. Knows the report's keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.evaluate.markdown import table
from models.evaluate.published.figures import SHORT_CHARS

# UDiffText (ECCV 2024), Table 1: SeqAcc of reconstruction and editing in %, by data set; about 100 samples a figure.
PUBLISHED: dict[str, dict[str, tuple[float, float]]] = {
    "icdar13": {"all words": (91.0, 83.0), f"words of at most {SHORT_CHARS} letters": (94.0, 84.0)},
    "textseg": {"all words": (93.0, 84.0)},
    "laion-ocr": {"all words": (90.0, 78.0)},
}
PUBLISHED_FID, PUBLISHED_LPIPS = 15.79, 0.0564  # of which data sets the paper doesn't say

_HEADER = [
    "", "reader", "words", "seeds", "untouched",
    "reconstruction", "with case", "NED", "editing", "with case", "NED",
]  # fmt: skip

Report = Mapping[str, Any]


def protocol_table(report: Report) -> str:
    """The whole report."""
    parts = [
        f"# {report['model']} on {report['reading']['dataset']}, by UDiffText's protocol",
        f"Seed {report['seed']}. SeqAcc in %, with 95 % intervals over words: the share of words read exactly, "
        "in any case as published, and with case. Untouched: of the original pictures, so about what can be reached. "
        "NED: 1 − edit distance over length.",
        *report["notes"],
        table(_HEADER, [*_own_rows(report), *_published_rows(report["dataset"])]),
        "The published rows are the paper's own figures, read by PARSeq; not ours.",
        *_picture_parts(report["pictures"]),
        "## What was read",
        "\n".join(f"- {line}" for line in report["reading_lines"]),
    ]
    return "\n\n".join(parts) + "\n"


def _own_rows(report: Report) -> list[list[str]]:
    rows = []
    for name, figures in report["rows"].items():
        row = [name, report["reader"], str(figures["words"]), str(figures["runs"]), _percent(figures["untouched"])]
        for task in ("reconstruction", "editing"):
            of_task = figures[task]
            row += [_percent(of_task["seq_acc"]), _percent(of_task["seq_acc_with_case"]), _share(of_task["ned"])]
        rows.append(row)
    return rows


def _published_rows(dataset: str) -> list[list[str]]:
    return [
        [
            f"published UDiffText, {name}", "PARSeq", "–", "–", "–",
            f"{reconstruction:.1f}", "–", "–", f"{editing:.1f}", "–", "–",
        ]
        for name, (reconstruction, editing) in PUBLISHED.get(dataset, {}).items()
    ]  # fmt: skip


def _picture_parts(pictures: Report) -> Sequence[str]:
    if not pictures:
        return []
    names = list(pictures)
    published = {"FID": f"{PUBLISHED_FID:.2f}", "LPIPS": f"{PUBLISHED_LPIPS:.4f}"}
    rows = [
        [task, str(pictures[names[0]][task]["pictures"]), *(_figure(pictures[name][task]["value"]) for name in names)]
        for task in ("reconstruction", "editing")
    ]
    rows.append(["published UDiffText, data sets not stated", "–", *(published[name] for name in names)])
    return [
        "## Whole pictures",
        "Against the originals, first seed. FID depends on how many pictures there are, and both are helped by the "
        "photo's own pixels outside the mask, which the published code doesn't keep.",
        table(["", "pictures", *names], rows),
    ]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _percent(interval: Mapping[str, float]) -> str:
    value, low, high = (100 * interval[key] for key in ("value", "low", "high"))
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def _share(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"
