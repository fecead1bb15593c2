"""`respell evaluate --protocol udifftext`: a data set in, figures out, and what it refuses."""

from pathlib import Path

import pytest

from tests.cli.conftest import Respell
from tests.models.crop_models import with_quick_sampler
from tests.models.data.published.layouts import icdar_line, sign, write_icdar13

BOX = (40, 60, 440, 200)
TEXTSEG = ("--protocol", "udifftext", "--dataset", "textseg", "--data", ".")


def icdar(root: Path) -> Path:
    return write_icdar13(
        root / "ICDAR13", {"img_1": sign((520, 420), {"EXIT": BOX})}, {"img_1": [icdar_line("EXIT", BOX)]}
    )


def test_a_model_folder_is_judged_on_a_published_data_set(
    respell: Respell, tmp_path: Path, tiny_crop_model: Path
) -> None:
    done = respell(
        "evaluate", "--protocol", "udifftext", "--dataset", "icdar13", "--data", icdar(tmp_path),
        "--model", with_quick_sampler(tiny_crop_model, tmp_path / "udiff"), "--out", tmp_path / "out", "--paper",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.out.splitlines() == [
        "ICDAR13: 1 words in 1 pictures, 1 of them usable",
        f"1 words → {tmp_path / 'out'}",
    ]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"published.json", "published.md", "words.png"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--protocol", "udifftext"), "needs --dataset and its folder, --data"),
        (("--protocol", "udifftext", "--dataset", "icdar13"), "needs --dataset and its folder, --data"),
        (("--dataset", "icdar13"), "belong to --protocol udifftext"),
        (("--paper",), "belong to --protocol udifftext"),
        (("--parseq", "x.pt"), "belong to --protocol udifftext"),
        (("--protocol", "udifftext", "--dataset", "mnist", "--data", "."), "'mnist' is not one of"),
        ((*TEXTSEG, "--photos", "."), "belongs to --protocol"),
        ((*TEXTSEG, "--paper", "--count", 5), "give it or"),
        (("--protocol", "udifftext", "--dataset", "textseg", "--data", "nowhere"), "no folder nowhere"),
        ((*TEXTSEG, "--parseq", "nowhere.pt"), "no file nowhere.pt"),
        ((*TEXTSEG, "--fid-weights", "nowhere.pth"), "no file nowhere.pth"),
        ((*TEXTSEG, "--lpips-weights", "nowhere"), "no file nowhere/alexnet-owt-7be5be79.pth"),
        (("--device", "abacus"), "--device 'abacus' can't be used"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_drawn(
    respell: Respell, tmp_path: Path, tiny_crop_model: Path, arguments: tuple[object, ...], message: str
) -> None:
    done = respell("evaluate", "--model", tiny_crop_model, "--out", tmp_path / "out", *arguments)
    assert done.status == 2 and message in done.err and not (tmp_path / "out").exists(), done
