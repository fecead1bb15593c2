"""Claims about `respell train` for models on crops: from nothing to a model that edits; options that a run keeps."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.training.material import write_assets
from cli.main import run
from models.data.crop_shards import write_crop_shards
from models.data.published.opening import open_dataset
from models.pipeline import TextEditor
from models.train.run_log import read_log
from tests.models.data.published.layouts import boxes, sign, write_synthtext


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Assets, and the two stages before, trained for a step."""
    work = tmp_path_factory.mktemp("stages")
    assets = write_assets(work / "assets")
    for stage in ("label-encoder", "crop-autoencoder"):
        options = ["--size", "tiny", "--steps", "1", "--batch-size", "3", "--num-workers", "0", "--cpu"]
        assert run(["train", stage, *options, "--assets", str(assets), "--out", str(work / stage)]) == 0
    return work


def crops(stages: Path, *options: str) -> int:
    begin = ["--encoder", str(stages / "label-encoder" / "model")]
    begin += ["--autoencoder", str(stages / "crop-autoencoder" / "model"), "--size", "tiny"]
    loop = ["--assets", str(stages / "assets"), "--num-workers", "0", "--batch-size", "2", "--log-every", "1", "--cpu"]
    return run(["train", "crops", *begin, *loop, *options])


def test_from_nothing_to_a_model_that_is_loaded(stages: Path, tmp_path: Path) -> None:
    assert crops(stages, "--steps", "1", "--pictures-every", "1", "--out", str(tmp_path / "run")) == 0
    assert TextEditor.load(tmp_path / "run" / "model", device="cpu") is not None
    terms = read_log(tmp_path / "run")[0]
    assert {
        "denoising",
        "attention",
        "recognition",
        "grad_norm/cross_attention",
        "grad_norm/rest",
        "lr",
    } <= terms.keys()
    with Image.open(tmp_path / "run" / "pictures" / "step-00000001.png") as picture:
        assert picture.size == (4 * 48, 4 * 48)
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))
    state = json.loads(next((tmp_path / "run" / "checkpoints").glob("*/state.json")).read_text())
    assert state["step"] == 1 and state["config"]["model"]["crop_size_px"] == 48
    assert state["config"]["losses"]["attention"] == 0.01 and state["config"]["trained"] == "unet"


def test_a_run_keeps_its_options_and_is_not_written_over(
    stages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "run")
    assert crops(stages, "--steps", "1", "--seed", "5", "--trained", "attention", "--out", folder) == 0
    assert run(["train", "crops", "--resume", folder, "--steps", "2"]) == 0
    assert [row["step"] for row in read_log(tmp_path / "run")] == [1, 2]
    saved = json.loads((tmp_path / "run" / "run.json").read_text())["options"]
    assert (saved["seed"], saved["trained"], saved["steps"]) == (5, "attention", 2)
    capsys.readouterr()
    for arguments, said in (
        (["crops", "--resume", folder, "--seed", "6"], "leave out --seed"),
        (["label-encoder", "--resume", folder], "a run of crops, not of label-encoder"),
        (["crops", "--out", folder, "--from", folder], "holds a run"),
        (["crops", "--resume", str(tmp_path)], "no run to go on with"),
        (["crops", "--out", str(tmp_path / "other"), "--size", "tiny"], "--encoder and --autoencoder"),
        (["crops", "--out", str(tmp_path / "other"), "--from", folder], "no model"),
    ):
        assert run(["train", *arguments]) == 2
        assert said in capsys.readouterr().err


def test_published_data_sets_and_shards_are_trained_with(
    stages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = (60, 60, 260, 140)
    letters = [(60 + 50 * i, 60, 110 + 50 * i, 140) for i in range(4)]
    row = ("1/a.png", ["OPEN"], boxes(box), boxes(*letters))
    data = write_synthtext(tmp_path / "data", {"1/a.png": sign((320, 200), {"OPEN": box})}, [row])
    assert crops(stages, "--steps", "1", "--dataset", "synthtext", "--data", str(data), "--out", f"{data}-run") == 0
    samples = open_dataset("synthtext", data, split="train", crop_size_px=48)
    assert write_crop_shards(samples, tmp_path / "shards") == 1
    shards = ["--dataset", "shards", "--data", str(tmp_path / "shards")]
    assert crops(stages, "--steps", "1", *shards, "--out", str(tmp_path / "sharded")) == 0
    assert write_crop_shards(open_dataset("synthtext", data, split="train"), tmp_path / "large") == 1
    capsys.readouterr()
    for options, said in (
        (["--dataset", "synthtext"], "needs its folder, --data"),
        (["--data", str(data)], "say which by --dataset"),
        (["--dataset", "shards", "--data", str(data)], "there are none in"),
        (["--dataset", "shards", "--data", str(tmp_path / "large")], "crops of 512 px, the model takes 48"),
        (["--dataset", "textseg", "--data", str(data)], "TextSeg"),
    ):
        assert crops(stages, "--steps", "1", *options, "--out", str(tmp_path / "refused")) == 2
        assert said in capsys.readouterr().err


def launched(program: list[str], arguments: list[str]) -> None:
    """In processes of their own: accelerate's state is one a process."""
    code = "from cli.main import main; main()"
    subprocess.run([*program, sys.executable, "-c", code, *arguments], check=True, capture_output=True, timeout=300)


@pytest.mark.slow
def test_two_processes_learn_what_one_does_and_bf16_nearly_the_same(stages: Path, tmp_path: Path) -> None:
    arguments = ["train", "crops", "--encoder", str(stages / "label-encoder" / "model"), "--size", "tiny", "--cpu"]
    arguments += ["--autoencoder", str(stages / "crop-autoencoder" / "model"), "--assets", str(stages / "assets")]
    arguments += ["--num-workers", "0", "--log-every", "1", "--steps", "2"]
    assert run([*arguments, "--batch-size", "4", "--out", str(tmp_path / "one")]) == 0
    two = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--no-python"]
    launched(two, [*arguments, "--batch-size", "2", "--out", str(tmp_path / "two")])
    launched([], [*arguments, "--batch-size", "4", "--mixed-precision", "bf16", "--out", str(tmp_path / "bf16")])
    alone, together, coarse = (read_log(tmp_path / name) for name in ("one", "two", "bf16"))
    for row, same, near in zip(alone, together, coarse, strict=True):
        assert same == pytest.approx(row, rel=2e-3, abs=1e-6)
        assert near["denoising"] == pytest.approx(row["denoising"], rel=0.05)
