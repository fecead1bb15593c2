"""A pre-norm Vision Transformer, its tensors named as `timm` names them, as published weights are. Knows no texts."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import VisionTransformerConfig

_NORM_EPS = 1e-6


class VisionTransformer(nn.Module):
    """Pictures → one feature a patch, after the last norm; the class token, where there is one, stands first."""

    def __init__(self, config: VisionTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = _PatchEmbedding(config)
        if config.class_token:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, config.dim))
        self.pos_embed = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, config.num_tokens, config.dim), std=0.02))
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.dim, eps=_NORM_EPS)

    def forward(self, images: Tensor) -> Tensor:
        """`images` (B, C, H, W) of the configured size → (B, P, D)."""
        channels, (height, width) = self.config.channels, self.config.image_hw
        if images.ndim != 4 or images.shape[1:] != (channels, height, width):
            got = tuple(images.shape)
            raise ValueError(f"images have shape {got}, the network takes (B, {channels}, {height}, {width})")
        tokens: Tensor = self.patch_embed(images)
        if self.config.class_token:
            tokens = torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], dim=1)
        tokens = tokens + self.pos_embed
        for block in self.blocks:
            tokens = block(tokens)
        normed: Tensor = self.norm(tokens)
        return normed


class _PatchEmbedding(nn.Module):
    def __init__(self, config: VisionTransformerConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2d(config.channels, config.dim, config.patch_hw, stride=config.patch_hw)

    def forward(self, images: Tensor) -> Tensor:
        tokens: Tensor = rearrange(self.proj(images), "b d h w -> b (h w) d")
        return tokens


class _Block(nn.Module):
    def __init__(self, config: VisionTransformerConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.dim, eps=_NORM_EPS)
        self.attn = _Attention(config.dim, config.num_heads)
        self.norm2 = nn.LayerNorm(config.dim, eps=_NORM_EPS)
        self.mlp = _Mlp(config.dim, config.mlp_ratio * config.dim)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.norm1(tokens))
        fed: Tensor = tokens + self.mlp(self.norm2(tokens))
        return fed


class _Attention(nn.Module):
    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        q, k, v = rearrange(self.qkv(tokens), "b p (three a d) -> three b a p d", three=3, a=self.num_heads)
        mixed: Tensor = self.proj(rearrange(F.scaled_dot_product_attention(q, k, v), "b a p d -> b p (a d)"))
        return mixed


class _Mlp(nn.Module):
    def __init__(self, dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        fed: Tensor = self.fc2(F.gelu(self.fc1(tokens)))
        return fed
