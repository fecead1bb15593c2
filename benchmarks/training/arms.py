"""The second stage trained once for each arm and seed, each in a process of one thread; arms of a seed see the same."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from accelerate import Accelerator

from benchmarks.training.held_out import Figures, denoising_figures, drawing_figures, held_out_batch
from benchmarks.training.material import crops_of
from models.checkpoints.label_store import load_label_encoder
from models.config import CropSamplerConfig
from models.data.crop_batches import ShuffledCrops
from models.train.crop_sizes import TINY, TINY_CROPS
from models.train.crop_starts import Start, load_autoencoder, start_from_nothing
from models.train.crops import CropLosses, CropRun, train_crops
from models.train.spelling import CtcJudge

# At this size and in this time the published weights, 0.01 and 0.001, would hardly be felt.
FULL = CropLosses(attention=0.1, recognition=0.05, recognition_clamp=3.0)
ARMS = {
    "full": FULL,
    "no local loss": replace(FULL, attention=0.0),
    "no recognition loss": replace(FULL, recognition=0.0),
    "that, published local loss": replace(FULL, recognition=0.0, attention_form="peak"),
}
SAMPLER = CropSamplerConfig(num_inference_steps=8, guidance_scale=3.0, search_candidates=4, refine=True)
SAMPLERS = {
    "full": SAMPLER,
    "no search": replace(SAMPLER, search_candidates=1),
    "no refinement": replace(SAMPLER, refine=False),
    "neither": replace(SAMPLER, search_candidates=1, refine=False),
}
HELD_OUT, DRAWN = 16, 3
OVERFIT_SAMPLES, OVERFIT_STEPS = 8, 150


@dataclass(frozen=True)
class Job:
    """One arm with one seed; `encoder`, `autoencoder`: folders of the stages before."""

    arm: str
    seed: int
    steps: int
    work: Path
    assets: Path
    encoder: Path
    autoencoder: Path

    @property
    def folder(self) -> Path:
        return self.work / "arms" / f"{self.arm.replace(',', '').replace(' ', '-')}-{self.seed}"


def run_arm(job: Job) -> dict[str, Figures]:
    """Figures of the trained arm under "trained"; of the full one also those of every way of sampling."""
    torch.set_num_threads(1)
    start, judge = _start(job), CtcJudge.load()
    ends = {"steps": job.steps, "save_every": job.steps, "pictures_every": job.steps}
    run = CropRun(ARMS[job.arm], "unet", replace(TINY_CROPS, seed=job.seed, **ends))
    trainer = train_crops(
        run,
        start,
        job.folder,
        series=crops_of(job.assets, "train"),
        judge=judge,
        accelerator=Accelerator(cpu=True),
    )
    unseen = crops_of(job.assets, "held_out")
    batch = held_out_batch(unseen, HELD_OUT, TINY.char_encoder.max_chars)
    with trainer.averaged():
        figures = {"trained": denoising_figures(start, batch, judge)}
        samplers = SAMPLERS if job.arm == "full" else {"full": SAMPLER}
        for name, sampler in samplers.items():
            figures[name] = drawing_figures(start, unseen, judge, sampler, DRAWN)
    return figures


def run_overfit(job: Job) -> dict[str, Figures]:
    """The same eight samples again and again: figures on them before and after."""
    torch.set_num_threads(1)
    start, judge = _start(job), CtcJudge.load()
    few = [crops_of(job.assets, "train")[index] for index in range(OVERFIT_SAMPLES)]
    series = ShuffledCrops(few, seed=job.seed)
    losses = replace(FULL, recognition=0.0, label_dropout=0.0)
    run = CropRun(
        losses,
        "unet",
        replace(TINY_CROPS, steps=OVERFIT_STEPS, batch_size=OVERFIT_SAMPLES, save_every=OVERFIT_STEPS, seed=job.seed),
    )
    batch = held_out_batch(few, OVERFIT_SAMPLES, TINY.char_encoder.max_chars)
    before = denoising_figures(start, batch, judge)
    trainer = train_crops(run, start, job.folder, series=series, judge=None, accelerator=Accelerator(cpu=True))
    with trainer.averaged():
        return {"before": before, "after": denoising_figures(start, batch, judge)}


def _start(job: Job) -> Start:
    return start_from_nothing(
        TINY,
        seed=job.seed,
        encoder=load_label_encoder(job.encoder),
        autoencoder=load_autoencoder(job.autoencoder).eval().requires_grad_(False),
    )
