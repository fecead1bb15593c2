"""Figures that tell something of a network trained for a minute: on samples in faces that it has never seen.

Whole words are never right at this size, so spelling is the recogniser's cross-entropy and the edit similarity.
"""

from dataclasses import replace

import torch

from models.config import CropSamplerConfig
from models.data.crop_batches import CropBatch, CropSeries, collate_crops
from models.evaluate.metrics import edit_similarity
from models.objectives.attention_overlap import peak_iou, stroke_iou
from models.objectives.denoising import denoising_loss
from models.train.crop_pictures import draw_sample
from models.train.crop_starts import Start
from models.train.crops import CropLosses, CropRun, CropStage
from models.train.spelling import CtcJudge
from models.train.steps import StepsConfig

LEVELS = (200, 500, 800)  # timesteps at which a sample is denoised
MAP_LEVEL = 500
Figures = dict[str, float]


def held_out_batch(series: CropSeries, count: int, max_chars: int) -> CropBatch:
    return collate_crops([(index, series[index]) for index in range(count)], max_chars=max_chars)


@torch.no_grad()
def denoising_figures(start: Start, batch: CropBatch, judge: CtcJudge) -> Figures:
    """One step from each level: its loss, the overlap of maps and letters, and what is read at the lowest level."""
    run = CropRun(CropLosses(label_dropout=0.0), "unet", StepsConfig(1, 1, 1.0, seed=99))
    stage = CropStage(start, run, None)
    draws = stage.draws(batch)
    clean = stage.latents(batch.images, draws.image)
    losses = []
    figures: Figures = {}
    for level in LEVELS:
        at = replace(draws, levels=torch.full_like(draws.levels, level))
        denoised, maps = stage.denoise(batch, at, clean)
        sigma = stage.scalings.levels[at.levels]
        losses.append(denoising_loss(denoised, clean, sigma_weight=stage.scalings.loss_weight(sigma)).mean())
        if level == MAP_LEVEL:
            figures["stroke_miou"] = float(stroke_iou(maps, batch.char_masks, batch.char_valid).mean())
            figures["peak_miou"] = float(peak_iou(maps, batch.char_masks, batch.char_valid, batch.mask).mean())
        if level == LEVELS[0]:
            figures["one_step_ce"] = float(judge(stage.decode(denoised), batch.text_boxes, batch.texts).mean())
    return {"denoising": float(torch.stack(losses).mean()), **figures}


@torch.no_grad()
def drawing_figures(
    start: Start, series: CropSeries, judge: CtcJudge, sampler: CropSamplerConfig, count: int
) -> Figures:
    """Words drawn from noise into held-out pictures: what is read, and how well the maps land."""
    entropies, similarities, overlaps = [], [], []
    for index in range(count):
        sample = series[index]
        batch = collate_crops([(index, sample)], max_chars=start.config.char_encoder.max_chars)
        picture, maps = draw_sample(start, sample, sampler, seed=index)
        entropies.append(float(judge(picture, [sample.text_box], [sample.text])))
        similarities.append(edit_similarity(sample.text, judge.read(picture, [sample.text_box])[0]))
        overlaps.append(float(stroke_iou([maps[None]], batch.char_masks, batch.char_valid)))
    return {
        "drawn_ce": sum(entropies) / count,
        "drawn_similarity": sum(similarities) / count,
        "drawn_miou": sum(overlaps) / count,
    }
