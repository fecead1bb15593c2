"""A Stable Diffusion in diffusers' own layout, of a few thousand random parameters: it makes pictures of nothing."""

import json
import string
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer


def save_tiny_pipeline(folder: Path, *, vae_blocks: int = 2) -> Path:
    """64 × 64 px by default; the folder is the same each time. With 4 blocks 256 × 256, and large ones are quick."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = UNet2DConditionModel(
            sample_size=32,
            in_channels=4,
            out_channels=4,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=4,
            norm_num_groups=4,
        )
        vae = AutoencoderKL(
            block_out_channels=(8,) * vae_blocks,
            down_block_types=("DownEncoderBlock2D",) * vae_blocks,
            up_block_types=("UpDecoderBlock2D",) * vae_blocks,
            latent_channels=4,
            norm_num_groups=4,
        )
        encoder = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=200,
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=77,
                bos_token_id=198,
                eos_token_id=199,
                pad_token_id=199,
            )
        )
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=_tokenizer(folder.parent),
        unet=unet,
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def _tokenizer(scratch: Path) -> CLIPTokenizer:
    """Letter by letter."""
    characters = string.ascii_lowercase + string.digits + string.punctuation
    tokens = [*characters, *(f"{character}</w>" for character in characters)]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    vocabulary |= {"<|startoftext|>": 198, "<|endoftext|>": 199}
    (scratch / "vocab.json").write_text(json.dumps(vocabulary))
    (scratch / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(scratch / "vocab.json"), str(scratch / "merges.txt"), model_max_length=77)
