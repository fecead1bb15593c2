"""The whole way of training crop models from nothing, scaled down: `python benchmarks/train_smoke.py`.

Autoencoder and character encoder, a run that is killed and gone on with, eight samples learnt by heart, and the arms of
the ablation, in at most five minutes on two cores. Writes JSON, Markdown and pictures; prints the Markdown.
"""

import argparse
import json
import multiprocessing
import resource
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.training.arms import ARMS, SAMPLERS, Job, run_arm, run_overfit
from benchmarks.training.held_out import Figures
from benchmarks.training.killing import finish, kill_and_resume, respell
from benchmarks.training.material import write_assets
from benchmarks.training.tables import markdown

CORES = 2
LEARNT_MIOU = 0.5


def main() -> None:
    """Train everything, measure, print."""
    options = _parser().parse_args()
    started = time.monotonic()
    work = options.out / "runs"
    shutil.rmtree(work, ignore_errors=True)
    assets = write_assets(work / "assets")
    common = ["--size", "tiny", "--assets", str(assets), "--cpu"]
    stages = {name: work / name for name in ("crop-autoencoder", "label-encoder")}
    finish(*(respell("train", name, *common, "--num-workers", "0", "--out", str(f)) for name, f in stages.items()))
    encoder, autoencoder = stages["label-encoder"] / "model", stages["crop-autoencoder"] / "model"
    both = [*common, "--encoder", str(encoder), "--autoencoder", str(autoencoder)]
    resumption = kill_and_resume(both, work, steps=24, save_every=8, seed=options.seed)
    jobs = [
        Job(arm, seed, options.steps, work, assets, encoder, autoencoder)
        for seed in range(options.seed, options.seed + options.seeds)
        for arm in ARMS
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(CORES, mp_context=context) as pool:
        overfit = pool.submit(run_overfit, Job("overfit", options.seed, 0, work, assets, encoder, autoencoder))
        outcomes = list(pool.map(run_arm, jobs))
        by_heart = overfit.result()
    arms: dict[str, list[Figures]] = {name: [] for name in ARMS}
    samplers: dict[str, list[Figures]] = {name: [] for name in SAMPLERS}
    for job, outcome in zip(jobs, outcomes, strict=True):
        arms[job.arm].append({**outcome["trained"], **outcome["full"]})
        if job.arm == "full":
            for name in SAMPLERS:
                samplers[name].append(outcome[name])
    report = {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(_cpu_seconds(), 1),
        "steps": options.steps,
        "seeds": options.seeds,
        "resumption": resumption,
        "overfit": by_heart,
        "arms": arms,
        "samplers": samplers,
    }
    (options.out / "train-smoke.json").write_text(json.dumps(report, indent=1) + "\n")
    table = markdown(report)
    (options.out / "train-smoke.md").write_text(table)
    print(table)
    if not resumption["same_curve"]:
        sys.exit("the resumed run's curve differs from that of the run that was never killed")
    if by_heart["after"]["stroke_miou"] <= LEARNT_MIOU:
        sys.exit(f"eight samples learnt by heart reach a mIoU of {by_heart['after']['stroke_miou']:.2f} only")


def _cpu_seconds() -> float:
    """Of this process and all that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/train-smoke"), help="where the report goes")
    parser.add_argument("--steps", type=int, default=70, help="of each arm")
    parser.add_argument("--seeds", type=int, default=2, help="how often each arm is trained")
    parser.add_argument("--seed", type=int, default=0, help="the first of them; also of the step of the kill")
    return parser


if __name__ == "__main__":
    main()
