import torch
from diffusers import UNet2DConditionModel

from models.charset import encode
from models.config import CharEncoderConfig, ModelConfig, UNetConfig
from models.nets.attention import AttentionRecorder, RecordingAttention
from models.nets.autoencoder import Autoencoder
from models.nets.char_encoder import CharEncoder
from models.nets.strip_net import Condition, StripNet

TINY = ModelConfig(
    char_encoder=CharEncoderConfig(dim=32, num_layers=2, num_heads=2),
    unet=UNetConfig(block_out_channels=(16, 16, 32), head_dim=16, cross_attention_dim=32),
)


def condition(texts: list[str], *, max_chars: int = 24, seed: int = 0) -> Condition:
    generator = torch.Generator().manual_seed(seed)
    count = len(texts)
    char_ids, char_valid = encode(texts, max_chars=max_chars)
    return Condition(
        draft_latents=torch.randn(count, 8, 16, 32, generator=generator),
        source_latents=torch.randn(count, 8, 16, 32, generator=generator),
        glyph=torch.rand(count, 1, 64, 128, generator=generator),
        mask=torch.ones(count, 1, 16, 32),
        char_ids=char_ids,
        char_valid=char_valid,
    )


def net(seed: int = 0) -> StripNet:
    torch.manual_seed(seed)
    built = StripNet(TINY).eval()
    torch.nn.init.normal_(built.unet.conv_out.weight, std=0.1)  # it starts at zero
    return built


def test_padding_does_not_change_features_or_output() -> None:
    encoder = net().char_encoder
    short, long = (encode(["TAXI"], max_chars=n) for n in (4, 24))
    assert torch.allclose(encoder(*short)[0], encoder(*long)[0, :4], atol=1e-5)
    assert (encoder(*long)[0, 4:] == 0).all()
    latents, noise_level = torch.randn(1, 8, 16, 32), torch.zeros(1)
    outputs = [net()(latents, noise_level, condition(["TAXI"], max_chars=n)) for n in (6, 24)]
    assert torch.allclose(outputs[0], outputs[1], atol=1e-4)


def test_order_of_characters_matters() -> None:
    encoder = CharEncoder(TINY.char_encoder).eval()
    char_ids, char_valid = encode(["ab", "ba"])
    features = encoder(char_ids, char_valid)
    assert not torch.allclose(features[0, 0], features[1, 1], atol=1e-3)


def test_batch_order_does_not_change_a_sample() -> None:
    network, both = net(), condition(["TAXI", "no"])
    latents, levels = torch.randn(2, 8, 16, 32), torch.tensor([-0.2, 0.4])
    swapped = Condition(**{name: value.flip(0) for name, value in vars(both).items()})
    straight = network(latents, levels, both)
    assert torch.allclose(network(latents.flip(0), levels.flip(0), swapped).flip(0), straight, atol=1e-4)


def test_recorder_gets_probabilities_of_every_cross_attention_and_modules_keep_none() -> None:
    network, recorder = net(), AttentionRecorder()
    network(torch.randn(2, 8, 16, 32), torch.zeros(2), condition(["TAXI", "ok"]), recorder)
    maps = recorder.maps((16, 32))
    assert {tuple(m.shape[2:]) for m in maps} == {(8, 16), (4, 8)}
    for attention in maps:
        assert torch.allclose(attention.sum(dim=1), torch.ones_like(attention[:, 0]), atol=1e-4)
        assert attention[0, 4:].abs().max() < 1e-6  # padding is never attended to
    count = len(recorder.probabilities)
    network(torch.randn(2, 8, 16, 32), torch.zeros(2), condition(["TAXI", "ok"]))
    assert len(recorder.probabilities) == count


def test_attention_equals_scaled_dot_product_attention() -> None:
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=24,
        norm_num_groups=8,
        attention_head_dim=2,
        layers_per_block=1,
    ).eval()
    inputs = (torch.randn(2, 4, 8, 8), torch.tensor([3.0, 700.0]), torch.randn(2, 5, 24))
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], dtype=torch.bool)
    reference = unet(*inputs, encoder_attention_mask=mask).sample  # diffusers' scaled_dot_product_attention
    unet.set_attn_processor(RecordingAttention())
    ours = unet(*inputs, cross_attention_kwargs={"char_valid": mask}).sample
    assert torch.allclose(ours, reference, atol=1e-4)


def test_without_text_forgets_letters_and_nothing_else() -> None:
    given = condition(["TAXI"])
    bare = given.without_text()
    assert not bare.char_valid.any() and not bare.char_ids.any() and not bare.glyph.any()
    assert bare.source_latents is given.source_latents and bare.mask is given.mask
    assert torch.isfinite(net()(torch.randn(1, 8, 16, 32), torch.zeros(1), bare)).all()


def test_repeat_keeps_each_strip_together() -> None:
    repeated = condition(["ab", "cd"]).repeat(3)
    assert repeated.char_ids[:, 0].tolist() == [repeated.char_ids[0, 0]] * 3 + [repeated.char_ids[3, 0]] * 3


def test_built_in_shape_keeps_its_budget() -> None:
    network = StripNet(ModelConfig())
    total = sum(p.numel() for p in (*network.parameters(), *Autoencoder(ModelConfig().autoencoder).parameters()))
    assert total <= 16_000_000
