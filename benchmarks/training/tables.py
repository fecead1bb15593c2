"""The report of the scaled-down training as Markdown: means over seeds, ± half the spread between them."""

from typing import Any

from benchmarks.training.held_out import Figures

_NAMES = {
    "denoising": "denoising loss",
    "stroke_miou": "mIoU on strokes",
    "peak_miou": "mIoU above half peak",
    "one_step_ce": "reader's CE, one step",
    "drawn_ce": "reader's CE, drawn",
    "drawn_similarity": "edit similarity, drawn",
    "drawn_miou": "mIoU on strokes, drawn",
}


def markdown(report: dict[str, Any]) -> str:
    """Everything that was measured, as two tables and two sentences."""
    kill, before, after = report["resumption"], report["overfit"]["before"], report["overfit"]["after"]
    return "\n".join(
        [
            f"{report['seconds']:.0f} s, {report['cpu_seconds']:.0f} s of processor time; "
            f"{report['steps']} steps an arm, {report['seeds']} seeds.",
            "",
            f"Killed at step {kill['killed_at_step']}, gone on with from step {kill['resumed_from_step']}: largest "
            f"difference of any figure of {kill['steps']} steps {kill['largest_difference']:.3g}.",
            "",
            f"Eight samples by heart: mIoU on strokes {before['stroke_miou']:.2f} → {after['stroke_miou']:.2f}, above "
            f"half peak {before['peak_miou']:.2f} → {after['peak_miou']:.2f}, denoising loss "
            f"{before['denoising']:.2f} → {after['denoising']:.2f}.",
            "",
            *_table("trained", report["arms"]),
            "",
            *_table("sampled", report["samplers"]),
            "",
        ]
    )


def _table(title: str, arms: dict[str, list[Figures]]) -> list[str]:
    names = list(next(iter(arms.values()))[0])
    rows = [f"| {title} | {' | '.join(_NAMES[name] for name in names)} |", "|---" * (len(names) + 1) + "|"]
    for arm, runs in arms.items():
        cells = [_cell([run[name] for run in runs]) for name in names]
        rows.append(f"| {arm} | {' | '.join(cells)} |")
    return rows


def _cell(values: list[float]) -> str:
    return f"{sum(values) / len(values):.3f} ± {(max(values) - min(values)) / 2:.3f}"
