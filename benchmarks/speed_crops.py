"""Measures drawing on square crops beside diffusers' own inpainting pipeline with the same U-Net, in one run.

`python benchmarks/speed_crops.py --device cuda`: UDiffText's sizes, random weights (speed doesn't depend on them), 50
steps, guidance 5; plain, with the search of 10 noises, with refinement. `--batch 8`: eight drawings at once. Writes
JSON and Markdown, prints the Markdown.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionInpaintPipeline, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor2_0
from PIL import Image
from rich.console import Console
from rich.progress import track
from torch import Tensor

from models.checkpoints.crop_store import CropModel, euler_scheduler, unet_dtype
from models.config import CropModelConfig, CropSamplerConfig
from models.data.stream import to_tensor
from models.diffusion.ddpm import DdpmScalings, ddpm_levels
from models.evaluate.markdown import table
from models.nets.crop_net import CropCondition, CropNet, build_crop_autoencoder
from models.nets.label_encoder import encode_labels
from models.pipeline.crop_drawing import CropSampler
from models.pipeline.crop_painting import decoded
from models.regions.latent_mask import resized_latent_mask
from models.train.crop_sizes import TINY

TEXT = "SIGN"
STOCK = "diffusers' pipeline"
SIZES = {"published": CropModelConfig(), "tiny": TINY}  # tiny: what a machine without a GPU can try

Draw = Callable[[int, int], None]  # batch, seed


def random_model(config: CropModelConfig, device: str) -> CropModel:
    """A model of random weights, its U-Net in the precision in which a folder's is loaded."""
    torch.manual_seed(0)
    with torch.device(device):
        net, autoencoder = CropNet(config), build_crop_autoencoder(config.autoencoder)
    net.unet = net.unet.to(unet_dtype(device))
    parts = [part.eval().requires_grad_(False) for part in (net, autoencoder)]
    return CropModel("random", config, CropSamplerConfig(), parts[1], parts[0])


class Ours:
    """Draws crops together, encoding and decoding included."""

    def __init__(self, model: CropModel, config: CropSamplerConfig, crop: Image.Image, mask: Image.Image) -> None:
        self.model, self.config = model, config
        self.scalings = DdpmScalings(ddpm_levels(model.config.noise))
        self.crop = np.asarray(crop)
        self.mask = torch.from_numpy(np.asarray(mask) > 0)[None, None].float().to(model.device)

    def __call__(self, batch: int, seed: int) -> None:
        seeds = range(seed, seed + batch)
        latents, _, _ = self._sampler(batch).draw(seeds, on_step=lambda *_: None, on_denoised=lambda _: None)
        for drawing in torch.split(latents, 1):  # as an edit does, which has a picture at a time to show
            decoded(self.model, drawing)

    def _sampler(self, batch: int) -> CropSampler:
        model, config = self.model, self.model.config
        with torch.no_grad():
            crop = to_tensor([self.crop]).to(model.device)
            masked = model.autoencoder.encode(crop * (1 - self.mask)).latent_dist.mode()
            char_ids, char_valid = encode_labels([TEXT], max_chars=config.char_encoder.max_chars)
            condition = CropCondition(
                masked_latents=masked * config.autoencoder.scaling_factor,
                mask=resized_latent_mask(self.mask, config.autoencoder.latent_factor, config.mask_resize),
                characters=model.net.char_encoder(char_ids.to(model.device)),
                char_valid=char_valid.to(model.device),
            )
        return CropSampler(
            model.net,
            self.scalings,
            self.config,
            condition=condition.repeat(batch),
            unconditional=condition.repeat(batch).without_text(),
            crop_mask=self.mask,
            inked=condition.char_valid,
        )


def stock(model: CropModel, config: CropSamplerConfig, crop: Image.Image, mask: Image.Image) -> Draw:
    """diffusers' pipeline over the same weights, with diffusers' own attention; the text's features are given to it."""
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(model.net.unet.config)
    unet.load_state_dict(model.net.unet.state_dict(), assign=True)
    unet.set_attn_processor(AttnProcessor2_0())
    pipeline = StableDiffusionInpaintPipeline(
        vae=model.autoencoder,
        text_encoder=None,
        tokenizer=None,
        unet=unet,
        scheduler=euler_scheduler(model.config.noise),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.vae = model.autoencoder.to(unet.dtype)  # it takes one precision for all
    pipeline.set_progress_bar_config(disable=True)
    char_ids, _ = encode_labels([TEXT], max_chars=model.config.char_encoder.max_chars)
    features: Tensor = model.net.char_encoder(char_ids.to(model.device)).to(unet.dtype)
    side = model.config.crop_size_px

    def draw(batch: int, seed: int) -> None:
        pipeline(
            prompt_embeds=features,
            negative_prompt_embeds=torch.zeros_like(features),
            image=crop,
            mask_image=mask,
            height=side,
            width=side,
            num_inference_steps=config.num_inference_steps,
            guidance_scale=config.guidance_scale,
            num_images_per_prompt=batch,
            generator=torch.Generator().manual_seed(seed),
        )
        model.autoencoder.float()

    return draw


def measure(draw: Draw, *, batch: int, runs: int, device: str) -> dict[str, Any]:
    """Seconds of each run after one that warms up, and the peak of the device's memory, of the process on a CPU."""
    is_cuda = torch.device(device).type == "cuda"
    if is_cuda:
        torch.cuda.reset_peak_memory_stats()
        draw(batch, 0)
    seconds = []
    for run in range(runs):
        started = time.perf_counter()
        draw(batch, 1000 * (run + 1))
        if is_cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    peak = torch.cuda.max_memory_allocated() / 2**20 if is_cuda else _peak_mb()
    return {"batch": batch, "seconds": seconds, "peak_mb": peak}


def main() -> None:
    """Parse, measure, print."""
    options = _parser().parse_args()
    model = random_model(SIZES[options.size], options.device)
    side = model.config.crop_size_px
    crop = Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8))
    mask = Image.new("L", (side, side))
    mask.paste(255, (side // 4, 3 * side // 8, 3 * side // 4, 5 * side // 8))
    plain = CropSamplerConfig(num_inference_steps=options.steps, search_candidates=1)
    draws: dict[str, Draw] = {
        STOCK: stock(model, plain, crop, mask),
        "Respell, steps alone": Ours(model, plain, crop, mask),
        "Respell, search of 10": Ours(model, replace(plain, search_candidates=10), crop, mask),
        "Respell, refinement": Ours(model, replace(plain, refine=True), crop, mask),
    }
    settings = [(name, batch) for batch in options.batch for name in draws]
    rows = []
    for name, batch in track(settings, "measuring", console=Console(stderr=True)):
        model.autoencoder.to(model.net.unet.dtype if name == STOCK else torch.float32)
        rows.append({"name": name, **measure(draws[name], batch=batch, runs=options.runs, device=options.device)})
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "speed_crops.json").write_text(json.dumps(rows, indent=1))
    markdown = speed_table(rows, steps=options.steps, device=_name(options.device), dtype=model.net.unet.dtype)
    (options.out / "speed_crops.md").write_text(markdown)
    print(markdown)


def speed_table(rows: list[dict[str, Any]], *, steps: int, device: str, dtype: torch.dtype) -> str:
    """Markdown: a row a setting, and its ratio to diffusers' pipeline at the same batch."""
    stock_s = {row["batch"]: statistics.median(row["seconds"]) for row in rows if row["name"] == STOCK}
    lines = []
    for row in rows:
        median, low, high = statistics.median(row["seconds"]), min(row["seconds"]), max(row["seconds"])
        ratio = median / stock_s[row["batch"]]
        spread = f"{median:.2f} ({low:.2f} to {high:.2f})"
        lines.append([row["name"], str(row["batch"]), spread, f"{ratio:.2f}", f"{row['peak_mb']:.0f}"])
    head = f"{steps} steps, {device}, U-Net in {str(dtype).removeprefix('torch.')}; seconds are median (min to max)."
    return f"# Speed on crops\n\n{head}\n\n{table(['', 'drawings', 'seconds', 'ratio', 'peak MB'], lines)}\n"


def _name(device: str) -> str:
    return torch.cuda.get_device_name() if torch.device(device).type == "cuda" else device


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1024)  # bytes on macOS, KiB elsewhere


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    has_gpu = torch.cuda.is_available()
    parser.add_argument("--size", choices=list(SIZES), default="published" if has_gpu else "tiny")
    parser.add_argument("--device", default="cuda" if has_gpu else "cpu")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8], help="drawings")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("out/speed"))
    return parser


if __name__ == "__main__":
    main()
