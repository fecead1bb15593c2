"""The loop of the models that work on crops: so many steps, on one process or many (accelerate), resumed exactly.

Whatever is random in a step is a function of the seed and the step's samples, and so is which samples those are. So a
checkpoint holds no random state, and a run that was killed and gone on with is the run that never was. Knows modules
and losses; knows nothing of what is trained.
"""

import math
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn

from models.train.loop import Losses
from models.train.run_checkpoints import Checkpoint, latest_checkpoint, load_checkpoint, save_checkpoint
from models.train.run_log import RunLog

Precision = Literal["no", "bf16"]
Batches = Callable[[range], Iterator[object]]  # positions of micro-batches → those batches, this process's share
Pictures = Callable[[], NDArray[np.uint8]]


@dataclass(frozen=True)
class StepsConfig:
    """How many steps of how many samples, and how fast. `batch_size` is one process's and one micro-batch's."""

    steps: int
    batch_size: int
    lr: float
    seed: int
    accumulate: int = 1  # micro-batches a step
    lr_decay: float = 1.0  # the learning rate's factor every `lr_decay_steps`
    lr_decay_steps: int = 1000
    warmup_steps: int = 0
    weight_decay: float = 0.01
    ema_decay: float = 0.9999  # 0: no averaging
    max_grad_norm: float = 1.0
    mixed_precision: Precision = "no"
    log_every: int = 50
    save_every: int = 1000
    pictures_every: int = 1000

    def __post_init__(self) -> None:
        counts = (self.steps, self.batch_size, self.accumulate, self.log_every, self.save_every, self.pictures_every)
        if min(counts) < 1:
            raise ValueError(f"steps, batches and intervals must be at least 1, got {self}")
        if self.mixed_precision not in ("no", "bf16"):
            raise ValueError(f"mixed_precision is {self.mixed_precision!r}, allowed are 'no' and 'bf16'")

    def lr_at(self, step: int) -> float:
        """Of the step after `step` steps."""
        warmup = min(1.0, (step + 1) / self.warmup_steps) if self.warmup_steps else 1.0
        return float(self.lr * warmup * self.lr_decay ** (step // self.lr_decay_steps))


class StepTrainer:
    """One run in `folder`: it goes on from the newest checkpoint there, if there is one.

    `stage(batch)` gives the weighted terms; what of it requires gradients is trained. `config` is everything that the
    run is made of, as JSON, for the checkpoints. `group_of` names the group that a parameter's gradient is logged in.
    """

    def __init__(
        self,
        stage: nn.Module,
        steps: StepsConfig,
        folder: Path,
        *,
        accelerator: Accelerator,
        config: Mapping[str, Any],
        group_of: Callable[[str], str],
    ) -> None:
        self.stage, self.steps, self.folder, self.config = stage, steps, folder, config
        self.accelerator = accelerator
        stage.to(accelerator.device)
        self.trained = {name: p for name, p in stage.named_parameters() if p.requires_grad}
        self.groups: dict[str, list[nn.Parameter]] = {}
        for name, parameter in self.trained.items():
            self.groups.setdefault(group_of(name), []).append(parameter)
        optimiser = torch.optim.AdamW(self.trained.values(), lr=steps.lr, weight_decay=steps.weight_decay)
        self.averages = {name: p.detach().clone() for name, p in self.trained.items()}
        self.step, self.minutes = 0, 0.0
        if (newest := latest_checkpoint(folder)) is not None:
            self._restore(load_checkpoint(newest), optimiser)
        self.optimiser = optimiser
        self.module, self.prepared = accelerator.prepare(stage, optimiser)
        self.window: dict[str, list[Tensor]] = {}

    def fit(self, batches: Batches, *, pictures: Pictures, max_minutes: float | None = None) -> None:
        """Train to the last step, or until time is up or somebody interrupts; either way everything is saved."""
        started, before = time.monotonic(), self.minutes
        log = RunLog(self.folder, step=self.step) if self.accelerator.is_main_process else None
        positions = range(self.step * self.steps.accumulate, self.steps.steps * self.steps.accumulate)
        stream = batches(positions)
        with stop_signals(self.accelerator.set_trigger):
            while self.step < self.steps.steps:
                self._learn([next(stream) for _ in range(self.steps.accumulate)])
                passed = (time.monotonic() - started) / 60
                self.minutes = before + passed
                if max_minutes is not None and passed >= max_minutes:
                    self.accelerator.set_trigger()
                stopped = self.accelerator.check_trigger()
                last = stopped or self.step == self.steps.steps
                if last or self.step % self.steps.save_every == 0 or self.step % self.steps.log_every == 0:
                    self._report(log)
                if log is not None and self.step % self.steps.pictures_every == 0:
                    with self.averaged():
                        log.picture(self.step, pictures())
                if last or self.step % self.steps.save_every == 0:
                    self.save()
                if stopped:
                    break
        if log is not None:
            log.close()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The stage with the averages for weights."""
        own = {name: p.detach().clone() for name, p in self.trained.items()}
        self._put(self.averages)
        try:
            yield
        finally:
            self._put(own)

    def save(self) -> None:
        if self.accelerator.is_main_process:
            moments = {
                f"{name}.{key}": self.optimiser.state[parameter][key]
                for name, parameter in self.trained.items()
                for key in ("exp_avg", "exp_avg_sq")
            }
            checkpoint = Checkpoint(self.step, self.minutes, self.config, self.trained, self.averages, moments)
            save_checkpoint(self.folder, checkpoint)
        self.accelerator.wait_for_everyone()

    def _learn(self, batches: list[object]) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.steps.lr_at(self.step)
        for index, batch in enumerate(batches):
            last = index == len(batches) - 1
            with nullcontext() if last else self.accelerator.no_sync(self.module):
                losses: Losses = self.module(batch)
                total = torch.stack(list(losses.values())).sum()
                self.accelerator.backward(total / len(batches))
            self._note(losses)
        norms = {f"grad_norm/{name}": _grad_norm(group) for name, group in self.groups.items()}
        self._note({**norms, "lr": torch.tensor(self.steps.lr_at(self.step))})
        self.accelerator.clip_grad_norm_(self.trained.values(), self.steps.max_grad_norm)
        self.prepared.step()
        self.prepared.zero_grad()
        self._average()
        self.step += 1

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.steps.ema_decay, (1 + self.step) / (10 + self.step)) if self.steps.ema_decay else 0.0
        for name, parameter in self.trained.items():
            self.averages[name].lerp_(parameter, 1 - decay)

    def _note(self, values: Mapping[str, Tensor]) -> None:
        for name, value in values.items():
            self.window.setdefault(name, []).append(value.detach())

    def _report(self, log: RunLog | None) -> None:
        """The mean of every figure since the last report, over all processes."""
        if not self.window:
            return
        means = {name: torch.stack(v).float().mean().to(self.accelerator.device) for name, v in self.window.items()}
        means = {name: self.accelerator.reduce(mean, reduction="mean") for name, mean in means.items()}
        self.window = {}
        figures = {name: float(mean) for name, mean in means.items()}
        if broken := [name for name, value in figures.items() if not math.isfinite(value)]:
            raise FloatingPointError(f"not finite at step {self.step}: {broken}; nothing is saved of this step")
        if log is not None:
            log.figures(self.step, figures)

    def _restore(self, checkpoint: Checkpoint, optimiser: torch.optim.Optimizer) -> None:
        if checkpoint.weights.keys() != self.trained.keys():
            raise ValueError(f"the checkpoint in {self.folder} has other parameters than the run trains")
        self.step, self.minutes = checkpoint.step, checkpoint.minutes
        self._put(checkpoint.weights)
        for name, parameter in self.trained.items():
            self.averages[name].copy_(checkpoint.averages[name])
            optimiser.state[parameter] = {
                "step": torch.tensor(float(self.step)),
                "exp_avg": checkpoint.moments[f"{name}.exp_avg"].to(parameter),
                "exp_avg_sq": checkpoint.moments[f"{name}.exp_avg_sq"].to(parameter),
            }

    @torch.no_grad()
    def _put(self, values: Mapping[str, Tensor]) -> None:
        for name, parameter in self.trained.items():
            parameter.copy_(values[name])


@contextmanager
def stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM call `stop` instead of breaking into a step."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _grad_norm(parameters: list[nn.Parameter]) -> Tensor:
    norms = [p.grad.norm() for p in parameters if p.grad is not None]
    return torch.stack(norms).norm() if norms else torch.zeros((), device=parameters[0].device)
