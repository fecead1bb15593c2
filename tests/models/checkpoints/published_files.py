"""Writes checkpoints in the published formats: Lightning's extra entries, prefixes, both dialects."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.config import CropModelConfig
from models.diffusion.ddpm import ddpm_levels
from tests.models.checkpoints.published_nets import PublishedAutoencoder, PublishedLabelEncoder, PublishedUNet


class PublishedNets:
    """All three nets of a checkpoint with random weights; `dialect` v1 or v2."""

    def __init__(self, config: CropModelConfig, dialect: str, *, seed: int = 0) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.unet = PublishedUNet(config.unet, dialect).eval().requires_grad_(False)
            self.encoder = PublishedLabelEncoder(config.char_encoder).eval().requires_grad_(False)
            self.autoencoder = PublishedAutoencoder(config.autoencoder).eval().requires_grad_(False)
        self.config = config

    def big(self, *, whole: bool) -> dict[str, Tensor]:
        """The big checkpoint's tensors; not `whole`: the U-Net alone, as the published v2 file."""
        tensors = {"denoiser.sigmas": ddpm_levels(self.config.noise), "loss_fn.g_kernel": torch.ones(12, 1, 3, 3) / 9}
        tensors |= prefixed(self.unet, "model.diffusion_model.")
        if whole:
            tensors |= {f"conditioner.embedders.0.{name}": value for name, value in self.encoder_file().items()}
            tensors |= prefixed(self.autoencoder, "conditioner.embedders.2.model.")
            tensors |= prefixed(self.autoencoder, "first_stage_model.")
            tensors["loss_fn.predictor.parseq.head.weight"] = torch.zeros(95, 4)
        return tensors

    def encoder_file(self) -> dict[str, Tensor]:
        """The character encoder's own checkpoint, with what it was pre-trained with."""
        dim = self.config.char_encoder.dim
        heads = {
            "logit_scale": torch.tensor(2.6593),
            "cls_head.1.weight": torch.zeros(dim, dim),
            "cls_head.3.bias": torch.zeros(95),
            "pos_head.1.weight": torch.zeros(12, dim),
            "text_head.2.weight": torch.zeros(1, 12, 1),
            "visual_head.1.weight": torch.zeros(1024, 768),
            "visual_encoder.blocks.0.attn.qkv.weight": torch.zeros(12, 4),
        }
        return self.encoder.state_dict() | heads


def prefixed(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in module.state_dict().items()}


def save_lightning(tensors: dict[str, Tensor], path: Path) -> Path:
    """With everything that Lightning 2 writes beside the weights."""
    moments = {"step": torch.tensor(100.0), "exp_avg": torch.zeros(3), "exp_avg_sq": torch.zeros(3)}
    group = {"lr": 5e-5, "betas": (0.9, 0.999), "weight_decay": 0.01, "params": [0], "foreach": None}
    torch.save(
        {
            "epoch": 15,
            "global_step": 100_000,
            "pytorch-lightning_version": "2.0.1",
            "state_dict": tensors,
            "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"current": {"ready": 16}}}},
            "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": None, "dirpath": "logs"}},
            "optimizer_states": [{"state": {0: moments}, "param_groups": [group]}],
            "lr_schedulers": [{"last_epoch": 15, "lr_lambdas": [None], "_last_lr": [5e-5]}],
        },
        path,
    )
    return path


def save_autoencoder(nets: PublishedNets, path: Path) -> Path:
    save_file(nets.autoencoder.state_dict(), path)
    return path
