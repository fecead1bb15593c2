"""One training loop for every stage: time-boxed, resumable, with EMA, a log of every term, and sharded checkpoints.

Knows modules, losses and minutes; knows nothing of what is trained.
"""

import json
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from models.checkpoints.shards import load_shards, save_shards

logger = logging.getLogger(__name__)

Losses = dict[str, Tensor]  # every term weighted; their sum is minimised


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast. The learning rate follows the minutes trained over all resumed runs together."""

    max_minutes: float
    schedule_minutes: float  # cosine from `lr` to `lr * final_lr_share` over this many minutes of training
    lr: float
    seed: int
    final_lr_share: float = 0.03
    warmup_steps: int = 100
    weight_decay: float = 0.01
    ema_decay: float = 0.998
    max_grad_norm: float = 1.0
    log_every: int = 50
    save_minutes: float = 5.0


class _Window:
    """The mean of every term over the steps in which it occurred, `size` steps at a time."""

    def __init__(self, size: int) -> None:
        self.size, self.count = size, 0
        self.values: dict[str, list[float]] = {}
        self.recent: dict[str, float] = {}

    @property
    def full(self) -> bool:
        return self.count >= self.size

    def add(self, terms: Losses) -> None:
        self.count += 1
        for name, value in terms.items():
            self.values.setdefault(name, []).append(float(value.detach()))

    def close(self) -> dict[str, float]:
        self.recent = {name: sum(values) / len(values) for name, values in self.values.items()}
        self.values, self.count = {}, 0
        return self.recent


class Trainer:
    """Modules, optimiser, EMA and progress of one run; `folder` is where it resumes from and saves to."""

    def __init__(self, module: nn.Module, config: LoopConfig, folder: Path) -> None:
        self.module, self.config, self.folder = module, config, folder
        params = [p for p in module.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(params, lr=config.lr, betas=(0.9, 0.98), weight_decay=config.weight_decay)
        self.ema = {name: value.detach().clone() for name, value in module.state_dict().items()}
        self.step, self.samples, self.minutes = 0, 0, 0.0
        if (folder / "progress.json").is_file():
            self._resume()

    def fit(self, batches: Iterable[object], loss_fn: Callable[[object, int], Losses]) -> dict[str, float]:
        """Train for `max_minutes`; `loss_fn(batch, step)` gives the weighted terms. Returns their recent means.

        An interrupt (Ctrl-C) ends the run as the clock does: with everything saved.
        """
        started = last_save = time.monotonic()
        trained_before = self.minutes
        window = _Window(self.config.log_every)
        try:
            for batch in batches:
                self._learn(loss_fn(batch, self.step), window)
                self.samples += len(batch.texts) if hasattr(batch, "texts") else len(batch)  # type: ignore[arg-type]
                now = time.monotonic()
                self.minutes = trained_before + (now - started) / 60
                if window.full:
                    self._log(window.close())
                if now - last_save > self.config.save_minutes * 60:
                    self.save()
                    last_save = now
                if (now - started) / 60 >= self.config.max_minutes:
                    break
        except KeyboardInterrupt:
            logger.info("interrupted at step %d", self.step)
        self.save()
        return window.recent

    def _learn(self, losses: Losses, window: "_Window") -> None:
        self._set_lr()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        grad_norm = nn.utils.clip_grad_norm_(self.module.parameters(), self.config.max_grad_norm)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self._update_ema()
        self.step += 1
        window.add({**losses, "grad_norm": grad_norm})

    def save(self) -> None:
        """Weights, EMA, moments and progress in files of at most 16 MiB each."""
        self.folder.mkdir(parents=True, exist_ok=True)
        save_shards(self.module.state_dict(), self.folder, "weights")
        save_shards(self.ema, self.folder, "ema")
        save_shards(self._moments(), self.folder, "moments")
        progress = {"step": self.step, "samples": self.samples, "minutes": self.minutes, "config": asdict(self.config)}
        unfinished = self.folder / "progress.unfinished"  # whoever is interrupted here leaves the old one whole
        unfinished.write_text(json.dumps(progress, indent=1))
        unfinished.replace(self.folder / "progress.json")

    def _resume(self) -> None:
        progress = json.loads((self.folder / "progress.json").read_text())
        self.step, self.samples, self.minutes = progress["step"], progress["samples"], progress["minutes"]
        self.module.load_state_dict(load_shards(self.folder, "weights"))
        self.ema = load_shards(self.folder, "ema")
        moments = load_shards(self.folder, "moments")
        for name, param in self.module.named_parameters():
            if f"{name}.exp_avg" in moments:
                self.optimiser.state[param] = {
                    "step": torch.tensor(float(self.step)),
                    "exp_avg": moments[f"{name}.exp_avg"].to(param),
                    "exp_avg_sq": moments[f"{name}.exp_avg_sq"].to(param),
                }
        logger.info("resumed at step %d, %.1f minutes", self.step, self.minutes)

    def _moments(self) -> dict[str, Tensor]:
        moments = {}
        for name, param in self.module.named_parameters():
            for key in ("exp_avg", "exp_avg_sq"):
                if key in self.optimiser.state.get(param, {}):
                    moments[f"{name}.{key}"] = self.optimiser.state[param][key].to(torch.bfloat16)
        return moments

    def _set_lr(self) -> None:
        done = min(self.minutes / self.config.schedule_minutes, 1.0)
        share = self.config.final_lr_share
        cosine = share + (1 - share) * 0.5 * (1 + math.cos(math.pi * done))
        warmup = min(1.0, (self.step + 1) / self.config.warmup_steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.lr * cosine * warmup

    @torch.no_grad()
    def _update_ema(self) -> None:
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        for name, value in self.module.state_dict().items():
            if value.is_floating_point():
                self.ema[name].lerp_(value, 1 - decay)

    def _log(self, terms: dict[str, float]) -> None:
        row = {"step": self.step, "samples": self.samples, "minutes": round(self.minutes, 2), **terms}
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        logger.info("%s", "  ".join(f"{k} {v:.4g}" for k, v in row.items()))
