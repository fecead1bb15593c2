"""The published networks written down once more, from their formulas and under the names of their checkpoints.

Independent of `models.nets` and of diffusers: what is converted is compared with this.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import CropAutoencoderConfig, CropUNetConfig, LabelEncoderConfig


def seq(*modules: nn.Module) -> nn.ModuleList:
    return nn.ModuleList(modules)


class ResBlock(nn.Module):
    def __init__(self, c_in: int, c_out: int, c_emb: int, groups: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(groups, c_in), nn.SiLU(), nn.Conv2d(c_in, c_out, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(c_emb, c_out))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, c_out), nn.SiLU(), nn.Dropout(0), nn.Conv2d(c_out, c_out, 3, padding=1)
        )
        self.skip_connection = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class Attention(nn.Module):
    def __init__(self, c: int, c_context: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k = nn.Linear(c, c, bias=False), nn.Linear(c_context, c, bias=False)
        self.to_v = nn.Linear(c_context, c, bias=False)
        self.to_out = nn.Sequential(nn.Linear(c, c), nn.Dropout(0))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        size = x.shape[-1] // self.heads
        out = torch.zeros_like(x)
        q, k, v = self.to_q(x), self.to_k(context), self.to_v(context)
        for head in range(self.heads):
            part = slice(head * size, (head + 1) * size)
            weights = torch.softmax(q[..., part] @ k[..., part].mT / math.sqrt(size), dim=-1)
            out[..., part] = weights @ v[..., part]
        return self.to_out(out)


class GeGlu(nn.Module):
    def __init__(self, c: int, c_out: int) -> None:
        super().__init__()
        self.proj = nn.Linear(c, 2 * c_out)

    def forward(self, x: Tensor) -> Tensor:
        values, gates = self.proj(x).chunk(2, dim=-1)
        return values * F.gelu(gates)


class Block(nn.Module):
    def __init__(self, c: int, c_context: int, heads: int, dialect: str) -> None:
        super().__init__()
        self.attn1 = Attention(c, c, heads)
        self.ff = nn.Module()
        self.ff.net = nn.Sequential(GeGlu(c, 4 * c), nn.Dropout(0), nn.Linear(4 * c, c))
        self.norm1, self.norm3 = nn.LayerNorm(c), nn.LayerNorm(c)
        if dialect == "v1":
            self.norm2 = nn.LayerNorm(c)  # made, never used
            self.add_attn, self.add_norm = Attention(c, c_context, heads), nn.LayerNorm(c)
        else:
            self.t_attn, self.t_norm = Attention(c, c_context, heads), nn.LayerNorm(c)
        self.dialect = dialect

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        v1 = self.dialect == "v1"
        attention, norm = (self.add_attn, self.add_norm) if v1 else (self.t_attn, self.t_norm)
        x = x + self.attn1(self.norm1(x), self.norm1(x))
        x = x + attention(norm(x), context)
        return x + self.ff.net(self.norm3(x))


class SpatialTransformer(nn.Module):
    def __init__(self, c: int, config: CropUNetConfig, dialect: str) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(config.norm_num_groups, c, eps=1e-6)
        self.proj_in, self.proj_out = nn.Linear(c, c), nn.Linear(c, c)
        self.transformer_blocks = seq(Block(c, config.cross_attention_dim, c // config.head_dim, dialect))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        tokens = self.proj_in(self.norm(x).flatten(2).mT)
        tokens = self.proj_out(self.transformer_blocks[0](tokens, context))
        return x + tokens.mT.reshape(x.shape)


class Down(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(c, c, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.op(x)


class Up(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3))


def through(block: nn.ModuleList, h: Tensor, emb: Tensor, context: Tensor) -> Tensor:
    for layer in block:
        extra = {ResBlock: (emb,), SpatialTransformer: (context,)}.get(type(layer), ())
        h = layer(h, *extra)
    return h


class PublishedUNet(nn.Module):
    """Two residual blocks a level, attention on all levels but the last."""

    def __init__(self, config: CropUNetConfig, dialect: str = "v2") -> None:
        super().__init__()
        widths, groups = config.block_out_channels, config.norm_num_groups
        base, c_emb, last = widths[0], 4 * widths[0], len(widths) - 1
        self.base = base
        self.time_embed = nn.Sequential(nn.Linear(base, c_emb), nn.SiLU(), nn.Linear(c_emb, c_emb))
        self.input_blocks = seq(seq(nn.Conv2d(config.in_channels, base, 3, padding=1)))
        c, skips = base, [base]
        for level, width in enumerate(widths):
            for _ in range(2):
                layers = [ResBlock(c, width, c_emb, groups)]
                layers += [SpatialTransformer(width, config, dialect)] if level < last else []
                self.input_blocks.append(seq(*layers))
                c = width
                skips.append(c)
            if level < last:
                self.input_blocks.append(seq(Down(c)))
                skips.append(c)
        self.middle_block = seq(
            ResBlock(c, c, c_emb, groups), SpatialTransformer(c, config, dialect), ResBlock(c, c, c_emb, groups)
        )
        self.output_blocks = seq()
        for level, width in reversed(list(enumerate(widths))):
            for index in range(3):
                layers = [ResBlock(c + skips.pop(), width, c_emb, groups)]
                layers += [SpatialTransformer(width, config, dialect)] if level < last else []
                layers += [Up(width)] if level and index == 2 else []
                self.output_blocks.append(seq(*layers))
                c = width
        out = nn.Conv2d(c, config.latent_channels, 3, padding=1)
        self.out = nn.Sequential(nn.GroupNorm(groups, c), nn.SiLU(), out)

    def forward(self, x: Tensor, timesteps: Tensor, context: Tensor) -> Tensor:
        half = self.base // 2
        angles = timesteps[:, None] * torch.exp(-math.log(10000) * torch.arange(half) / half)
        emb = self.time_embed(torch.cat([angles.cos(), angles.sin()], dim=1))
        h, hs = x, []
        for block in self.input_blocks:
            h = through(block, h, emb, context)
            hs.append(h)
        h = through(self.middle_block, h, emb, context)
        for block in self.output_blocks:
            h = through(block, torch.cat([h, hs.pop()], dim=1), emb, context)
        return self.out(h)


class PublishedLabelEncoder(nn.Module):
    """Post-norm Transformer, written out."""

    def __init__(self, config: LabelEncoderConfig) -> None:
        super().__init__()
        d = config.dim
        self.heads = config.num_heads
        self.label_embedding = nn.Embedding(config.num_classes, d)
        self.pos_embedding, self.encoder = nn.Module(), nn.Module()
        table = [
            [(math.cos if i % 2 else math.sin)(position / 10000 ** ((i - i % 2) / d)) for i in range(d)]
            for position in range(config.max_chars)
        ]
        self.pos_embedding.register_buffer("pe", torch.tensor(table))
        self.encoder.layers = seq(*(nn.Module() for _ in range(config.num_layers)))
        for layer in self.encoder.layers:
            layer.self_attn = nn.Module()
            layer.self_attn.in_proj_weight = nn.Parameter(torch.randn(3 * d, d) / d**0.5)
            layer.self_attn.in_proj_bias = nn.Parameter(0.1 * torch.randn(3 * d))
            layer.self_attn.out_proj = nn.Linear(d, d)
            layer.linear1, layer.linear2 = nn.Linear(d, d), nn.Linear(d, d)
            layer.norm1, layer.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, char_ids: Tensor) -> Tensor:
        x = self.label_embedding(char_ids) + self.pos_embedding.pe
        size = x.shape[-1] // self.heads
        for layer in self.encoder.layers:
            q, k, v = F.linear(x, layer.self_attn.in_proj_weight, layer.self_attn.in_proj_bias).chunk(3, dim=-1)
            heads = []
            for head in range(self.heads):
                part = slice(head * size, (head + 1) * size)
                weights = torch.softmax(q[..., part] @ k[..., part].mT / math.sqrt(size), dim=-1)
                heads.append(weights @ v[..., part])
            x = layer.norm1(x + layer.self_attn.out_proj(torch.cat(heads, dim=-1)))
            x = layer.norm2(x + layer.linear2(F.relu(layer.linear1(x))))
        return x


class ConvBlock(nn.Module):
    def __init__(self, c_in: int, c_out: int, groups: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(groups, c_in, eps=1e-6), nn.GroupNorm(groups, c_out, eps=1e-6)
        self.conv1, self.conv2 = nn.Conv2d(c_in, c_out, 3, padding=1), nn.Conv2d(c_out, c_out, 3, padding=1)
        if c_in != c_out:
            self.nin_shortcut = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class ConvAttention(nn.Module):
    def __init__(self, c: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, c, eps=1e-6)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(c, c, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(x)
        q, k, v = (conv(h).flatten(2) for conv in (self.q, self.k, self.v))  # (B, C, P)
        weights = torch.softmax(q.mT @ k / math.sqrt(x.shape[1]), dim=-1)
        return x + self.proj_out((v @ weights.mT).reshape(x.shape))


def middle(c: int, groups: int) -> nn.Module:
    mid = nn.Module()
    mid.block_1, mid.attn_1, mid.block_2 = ConvBlock(c, c, groups), ConvAttention(c, groups), ConvBlock(c, c, groups)
    return mid


class PublishedAutoencoder(nn.Module):
    """`encode` to the moments, `decode` from latents; both without the scaling factor."""

    def __init__(self, config: CropAutoencoderConfig) -> None:
        super().__init__()
        widths, groups, latent = config.block_out_channels, config.norm_num_groups, config.latent_channels
        self.encoder, self.decoder = nn.Module(), nn.Module()
        enc, dec, c = self.encoder, self.decoder, widths[0]
        enc.conv_in, enc.down = nn.Conv2d(3, c, 3, padding=1), seq()
        for level, width in enumerate(widths):
            down = nn.Module()
            down.block = seq(ConvBlock(c, width, groups), ConvBlock(width, width, groups))
            c = width
            if level < len(widths) - 1:
                down.downsample = nn.Module()
                down.downsample.conv = nn.Conv2d(c, c, 3, stride=2)
            enc.down.append(down)
        enc.mid, enc.norm_out = middle(c, groups), nn.GroupNorm(groups, c, eps=1e-6)
        enc.conv_out = nn.Conv2d(c, 2 * latent, 3, padding=1)
        dec.conv_in, dec.mid, dec.up = nn.Conv2d(latent, c, 3, padding=1), middle(c, groups), seq()
        for level, width in reversed(list(enumerate(widths))):
            up = nn.Module()
            up.block = seq(*(ConvBlock(c if index == 0 else width, width, groups) for index in range(3)))
            c = width
            if level:
                up.upsample = nn.Module()
                up.upsample.conv = nn.Conv2d(c, c, 3, padding=1)
            dec.up.insert(0, up)
        dec.norm_out, dec.conv_out = nn.GroupNorm(groups, c, eps=1e-6), nn.Conv2d(c, 3, 3, padding=1)
        self.quant_conv, self.post_quant_conv = nn.Conv2d(2 * latent, 2 * latent, 1), nn.Conv2d(latent, latent, 1)

    def encode(self, x: Tensor) -> Tensor:
        enc = self.encoder
        h = enc.conv_in(x)
        for down in enc.down:
            for block in down.block:
                h = block(h)
            h = down.downsample.conv(F.pad(h, (0, 1, 0, 1))) if hasattr(down, "downsample") else h
        h = enc.mid.block_2(enc.mid.attn_1(enc.mid.block_1(h)))
        return self.quant_conv(enc.conv_out(F.silu(enc.norm_out(h))))

    def decode(self, latents: Tensor) -> Tensor:
        dec = self.decoder
        h = dec.conv_in(self.post_quant_conv(latents))
        h = dec.mid.block_2(dec.mid.attn_1(dec.mid.block_1(h)))
        for up in reversed(dec.up):
            for block in up.block:
                h = block(h)
            h = F.interpolate(h, scale_factor=2.0) if hasattr(up, "upsample") else h
            h = up.upsample.conv(h) if hasattr(up, "upsample") else h
        return dec.conv_out(F.silu(dec.norm_out(h)))
