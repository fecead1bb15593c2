"""A report's figures as Markdown tables. Knows the keys of `report_figures`, nothing of pictures."""

from collections.abc import Mapping
from typing import Any

from models.evaluate.markdown import table
from models.evaluate.report_confidence import confidence_tables
from models.evaluate.report_figures import CEILING

_NAMES = {
    "single": "new word, single shot",
    "best_of_4": "new word, best of 4",
    "typeset": "the draft alone (typeset fallback)",
    "paste": "plain glyph paste",
    "old_word": "old word left",
    "hidden": "nothing written",
    "reconstruction": "true picture through the autoencoder",
    "target": "true picture (ceiling)",
}

Figures = Mapping[str, Any]


def main_table(report: Figures) -> str:
    """The report of `run_quality` as Markdown: methods, looks, differences, breakdowns, neighbours, photos."""
    parts = [
        f"# Quality of {report['model']}",
        f"Seed {report['seed']}. Figures are means with 95 % bootstrap intervals. Reads right: exact case, spaces "
        "ignored. Share: of what the same reader reads of the true pictures. SSIM and PSNR: inside the text box at 64 "
        "px height.",
        *report["notes"],
    ]
    if report.get("synthetic"):
        synthetic = report["synthetic"]
        parts += [
            f"## {synthetic['items']} synthetic pairs of held-out fonts and backgrounds",
            *_comparison(synthetic),
            "### Over leaving the old word, item by item",
            difference_table(synthetic["over_the_old_word"]),
            "### By kind, length and case",
            _breakdown_table(synthetic["breakdown"]),
        ]
    if report.get("confidence"):
        parts += ["### Is “reads right” to be believed?", *confidence_tables(report["confidence"])]
    if report.get("neighbours"):
        neighbours = report["neighbours"]
        parts += [f"## {neighbours['items']} words of real signs in their neighbour's style", *_comparison(neighbours)]
    if report.get("photos"):
        parts += ["## Words of real photos", _photo_table(report["photos"])]
    return "\n\n".join(parts) + "\n"


def _comparison(figures: Figures) -> list[str]:
    """What pairs and neighbours have in common."""
    return [
        _methods_table(figures["methods"]),
        "Looks beside the true word, medians with 95 % bootstrap intervals (`models/evaluate/style.py` and `seams.py` "
        "say what each is):",
        _looks_table(figures["methods"]),
        "### Over the plain paste, item by item",
        difference_table(figures["over_the_paste"]),
        "### Over the draft, item by item",
        difference_table(figures["over_the_draft"]),
    ]


def sampler_table(report: Figures) -> str:
    """The report of `run_samplers` as Markdown."""
    readers = list(next(iter(report["samplers"].values()))["readers"])
    header = ["", *(f"reads right ({reader})" for reader in readers), "NED", "SSIM", "PSNR dB", "s (median)"]
    rows = [
        [
            name,
            *(_interval(figures["readers"][reader]["accuracy"]) for reader in readers),
            _interval(figures["readers"][readers[0]]["ned"]),
            _interval(figures["ssim"]),
            _interval(figures["psnr_db"], digits=1),
            f"{figures['seconds']['median']:.2f}",
        ]
        for name, figures in report["samplers"].items()
    ]
    return (
        "\n\n".join(
            [
                f"# {report['title']}: {report['model']}",
                f"{report['items']} synthetic pairs, seed {report['seed']}, single shot.",
                *report["notes"],
                table(header, rows),
                f"## Difference to “{report['baseline']}”, item by item",
                difference_table(report["differences"]),
            ]
        )
        + "\n"
    )


def difference_table(differences: Figures) -> str:
    """Rows of `report_figures.differences`."""
    header = ["", "reads right", "NED", "SSIM", "PSNR dB"]
    rows = [
        [
            _NAMES.get(name, name),
            *(_interval(figures[key], signed=True) for key in ("accuracy", "ned", "ssim")),
            _interval(figures["psnr_db"], digits=1, signed=True),
        ]
        for name, figures in differences.items()
    ]
    return table(header, rows)


def _methods_table(methods: Figures) -> str:
    readers = list(methods[CEILING]["readers"])
    header = [""]
    for reader in readers:
        header += [f"reads right ({reader})", "share"]
    header += ["any case", "NED", "SSIM", "PSNR dB", "s (median)"]
    rows = []
    for name, figures in methods.items():
        row = [_NAMES[name]]
        for reader in readers:
            spelling = figures["readers"][reader]
            row += [_interval(spelling["accuracy"]), _value(spelling["share"])]
        main = figures["readers"][readers[0]]
        row += [_value(main["accuracy_any_case"]), _value(main["ned"])]
        is_truth = name == CEILING
        row += ["–" if is_truth else _interval(figures["ssim"])]
        row += ["–" if is_truth else _interval(figures["psnr_db"], digits=1)]
        row += [f"{figures['seconds']['median']:.2f}" if figures["seconds"]["median"] else "–"]
        rows.append(row)
    return table(header, rows)


def _looks_table(methods: Figures) -> str:
    header = [
        "",
        "items",
        "stroke ΔE",
        "ground ΔE",
        "stroke width",
        "sharpness",
        "ground's grain",
        "slant °",
        "seam",
        "seam of the change",
    ]
    rows = [
        [
            _NAMES[name],
            str(figures["style"]["measured"]),
            *(_interval(figures["style"][part], digits=1) for part in ("stroke_delta_e", "ground_delta_e")),
            *(_interval(figures["style"][part]) for part in ("stroke_width", "sharpness", "grain")),
            _interval(figures["style"]["slant_deg"], digits=1),
            *(_interval(figures["seams"][part]) for part in ("seam", "change_seam")),
        ]
        for name, figures in methods.items()
    ]
    return table(header, rows)


def _breakdown_table(breakdown: Figures) -> str:
    buckets = [
        (f"{dimension}: {name}", bucket) for dimension, parts in breakdown.items() for name, bucket in parts.items()
    ]
    methods = {"single": "single", "best_of_4": "best of 4", "typeset": "draft", "paste": "paste", CEILING: "truth"}
    readers = list(buckets[0][1]["methods"][CEILING]["accuracy"])
    header = ["reads right", "items"]
    header += [f"{title}: {reader}" for title in methods.values() for reader in readers]
    header += [f"SSIM of {title}" for name, title in methods.items() if name != CEILING]
    rows = []
    for label, bucket in buckets:
        row = [label, str(bucket["items"])]
        row += [f"{bucket['methods'][name]['accuracy'][reader]:.2f}" for name in methods for reader in readers]
        row += [f"{bucket['methods'][name]['ssim']:.2f}" for name in methods if name != CEILING]
        rows.append(row)
    return table(header, rows)


def _photo_table(photos: Figures) -> str:
    header = ["", "best of 4", "share", "plain paste", "untouched word (ceiling)"]
    rows = [
        [
            f"reads right ({reader})",
            _interval(figures["best_of_4"]),
            _value(figures["share"]),
            _value(figures["paste"]),
            _value(figures["untouched"]),
        ]
        for reader, figures in photos["readers"].items()
    ]
    seams = photos["seams"]
    counts = (
        f"{photos['items']} words, {photos['refused']} refused (counted as wrong), "
        f"{photos['changed_outside_mask_px']} pixels changed outside the masks. "
        f"Seam {_interval(seams['seam'])}, of the change {_interval(seams['change_seam'])} (medians)."
    )
    return f"{counts}\n\n{table(header, rows)}"


def _interval(figure: Figures | None, *, digits: int = 2, signed: bool = False) -> str:
    if figure is None:
        return "–"
    sign = "+" if signed else ""
    value, low, high = (f"{figure[key]:{sign}.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _value(figure: Figures | None) -> str:
    return f"{figure['value']:.2f}" if figure is not None else "–"
