"""Claims about the loop by steps: schedule, checkpoints, and every way of stopping."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from models.train.loop import Losses
from models.train.run_checkpoints import latest_checkpoint, load_checkpoint, saved_config
from models.train.run_log import read_log
from models.train.steps import StepsConfig, StepTrainer

STEPS = StepsConfig(6, 1, 0.1, seed=0, ema_decay=0.5, log_every=2, save_every=2)


class Slope(nn.Module):
    """Learns to be 2; one of its parameters is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.zeros(3))
        self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)

    def forward(self, batch: Tensor) -> Losses:
        return {"error": ((self.slope - 2) * batch).square().mean()}


def numbers(positions: range) -> Iterator[Tensor]:
    yield from (torch.tensor(float(position % 3 + 1)) for position in positions)


def picture() -> np.ndarray:
    return np.zeros((8, 8, 3), np.uint8)


def trainer(folder: Path, steps: StepsConfig = STEPS) -> StepTrainer:
    return StepTrainer(
        Slope(), steps, folder, accelerator=Accelerator(cpu=True), config={"a": 1}, group_of=lambda name: name
    )


def test_the_learning_rate_warms_up_and_falls() -> None:
    steps = StepsConfig(10, 1, 1.0, seed=0, warmup_steps=2, lr_decay=0.5, lr_decay_steps=4)
    assert [steps.lr_at(step) for step in (0, 1, 3, 4, 8)] == [0.5, 1.0, 1.0, 0.5, 0.25]
    with pytest.raises(ValueError, match="at least 1"):
        StepsConfig(0, 1, 1.0, seed=0)
    with pytest.raises(ValueError, match="'no' and 'bf16'"):
        StepsConfig(1, 1, 1.0, seed=0, mixed_precision="fp8")  # type: ignore[arg-type]


def test_the_two_newest_checkpoints_are_kept_with_all_that_is_trained(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.fit(numbers, pictures=picture)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-00000004", "step-00000006"]
    checkpoint = load_checkpoint(tmp_path / "checkpoints" / "step-00000006")
    assert checkpoint.weights.keys() == checkpoint.averages.keys() == {"slope"}
    assert checkpoint.moments.keys() == {"slope.exp_avg", "slope.exp_avg_sq"}
    assert checkpoint.step == 6 and saved_config(tmp_path) == {"a": 1}
    assert [row["step"] for row in read_log(tmp_path)] == [2, 4, 6] and "grad_norm/slope" in read_log(tmp_path)[0]
    with run.averaged():
        torch.testing.assert_close(run.trained["slope"], nn.Parameter(checkpoint.averages["slope"]))
    torch.testing.assert_close(run.trained["slope"], nn.Parameter(checkpoint.weights["slope"]))
    assert (checkpoint.averages["slope"] != checkpoint.weights["slope"]).all()


def test_an_unfinished_checkpoint_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    trainer(tmp_path, replace(STEPS, steps=4)).fit(numbers, pictures=picture)
    unfinished = tmp_path / "checkpoints" / "step-00000006.unfinished"
    unfinished.mkdir()
    (unfinished / "weights.safetensors").write_bytes(b"half")  # killed while it was written
    assert latest_checkpoint(tmp_path) == tmp_path / "checkpoints" / "step-00000004"
    run = trainer(tmp_path)
    assert run.step == 4
    run.fit(numbers, pictures=picture)
    assert latest_checkpoint(tmp_path) == tmp_path / "checkpoints" / "step-00000006"
    assert not unfinished.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_saves(tmp_path: Path, number: signal.Signals) -> None:
    def interrupted(positions: range) -> Iterator[Tensor]:
        for position, batch in zip(positions, numbers(positions), strict=True):
            if position == 2:
                os.kill(os.getpid(), number)
            yield batch

    before = signal.getsignal(number)
    trainer(tmp_path).fit(interrupted, pictures=picture)
    assert signal.getsignal(number) is before
    assert trainer(tmp_path).step == 3 and [row["step"] for row in read_log(tmp_path)] == [2, 3]


def test_time_is_up_stops_the_run(tmp_path: Path) -> None:
    trainer(tmp_path).fit(numbers, pictures=picture, max_minutes=1e-9)
    assert trainer(tmp_path).step == 1


def test_a_loss_that_is_not_finite_ends_the_run_and_is_not_saved(tmp_path: Path) -> None:
    def broken(positions: range) -> Iterator[Tensor]:
        yield from (torch.tensor(float("nan") if position >= 3 else 1.0) for position in positions)

    with pytest.raises(FloatingPointError, match=r"step 4: .*error"):
        trainer(tmp_path).fit(broken, pictures=picture)
    assert latest_checkpoint(tmp_path) == tmp_path / "checkpoints" / "step-00000002"


def test_another_set_of_parameters_is_refused(tmp_path: Path) -> None:
    trainer(tmp_path, replace(STEPS, steps=2)).fit(numbers, pictures=picture)
    other = Slope()
    other.frozen.requires_grad_(True)
    with pytest.raises(ValueError, match="other parameters"):
        StepTrainer(other, STEPS, tmp_path, accelerator=Accelerator(cpu=True), config={}, group_of=str)
