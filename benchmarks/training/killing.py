"""The command line's training, killed at a random step and gone on with, beside one that never was killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from models.train.run_log import LOG_NAME, read_log

_DEADLINE_S = 240.0
_POLL_S = 0.05


def respell(*arguments: str) -> "subprocess.Popen[bytes]":
    """A `respell` of this checkout in a process of its own, with one thread."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(*processes: "subprocess.Popen[bytes]") -> None:
    """Wait. Raises CalledProcessError for one that failed."""
    for process in processes:
        if status := process.wait(timeout=_DEADLINE_S):
            raise subprocess.CalledProcessError(status, process.args)


def kill_and_resume(options: list[str], work: Path, *, steps: int, save_every: int, seed: int) -> dict[str, object]:
    """Both runs' curves of `respell train crops` with `options`, compared figure by figure."""
    options = [
        *options,
        "--steps",
        str(steps),
        "--save-every",
        str(save_every),
        "--log-every",
        "1",
        "--num-workers",
        "0",
    ]
    step = random.Random(seed).randrange(save_every + 1, steps)
    whole = respell("train", "crops", *options, "--out", str(work / "whole"))
    killed = respell("train", "crops", *options, "--out", str(work / "killed"))
    _wait_for_step(work / "killed", step, killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    resumed_from = max(int(path.name.split("-")[1]) for path in (work / "killed" / "checkpoints").glob("step-????????"))
    finish(whole, respell("train", "crops", "--resume", str(work / "killed")))
    one, other = read_log(work / "whole"), read_log(work / "killed")
    return {
        "killed_at_step": step,
        "resumed_from_step": resumed_from,
        "steps": len(other),
        "same_curve": one == other,
        "largest_difference": max(abs(a[name] - b[name]) for a, b in zip(one, other, strict=True) for name in a),
    }


def _wait_for_step(folder: Path, step: int, process: "subprocess.Popen[bytes]") -> None:
    started = time.monotonic()
    while time.monotonic() - started < _DEADLINE_S:
        log = folder / LOG_NAME
        rows = log.read_text().splitlines()[:-1] if log.is_file() else []
        if rows and json.loads(rows[-1])["step"] >= step - 1:
            return
        if process.poll() is not None:
            raise RuntimeError(f"the run ended with {process.returncode} before step {step}")
        time.sleep(_POLL_S)
    raise TimeoutError(f"no step {step} in {folder} after {_DEADLINE_S:.0f} s")
