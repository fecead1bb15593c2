"""Claims about the nets of the crop family: counts at full size on the meta device, behaviour at a tiny one."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from models.config import CropAutoencoderConfig, CropModelConfig
from models.nets.attention import AttentionRecorder, RecordingAttention
from models.nets.crop_net import CropCondition, CropNet, build_crop_autoencoder
from models.nets.label_encoder import LABEL_CHARACTERS, LabelEncoder, encode_labels, unknown_labels
from tests.models.crop_models import TINY_CROP


def test_full_size_has_the_published_numbers_of_parameters() -> None:
    with torch.device("meta"):
        net, autoencoder = CropNet(CropModelConfig()), build_crop_autoencoder(CropAutoencoderConfig())
    unet = dict(net.unet.named_parameters())
    assert sum(p.numel() for p in unet.values()) == 891_484_164
    assert sum(p.numel() for name, p in unet.items() if ".attn2." in name) == 75_911_360
    assert sum(p.numel() for p in net.char_encoder.parameters()) == 302_430_208
    assert [len(m.state_dict()) for m in (net.unet, net.char_encoder, autoencoder)] == [686, 146, 248]


def condition(net: CropNet, texts: list[str]) -> CropCondition:
    char_ids, char_valid = encode_labels(texts, max_chars=12)
    return CropCondition(
        masked_latents=torch.randn(len(texts), 4, 8, 8),
        mask=(torch.rand(len(texts), 1, 8, 8) > 0.5).float(),
        characters=net.char_encoder(char_ids),
        char_valid=char_valid,
    )


@pytest.fixture
def net() -> CropNet:
    torch.manual_seed(0)
    return CropNet(TINY_CROP).eval().requires_grad_(False)


def predict(net: CropNet, latents: Tensor, seen: CropCondition, recorder: AttentionRecorder | None = None) -> Tensor:
    return net(latents, torch.full((len(latents),), 499.0), seen, recorder)


def test_recording_and_fusing_change_nothing(net: CropNet) -> None:
    seen, latents, recorder = condition(net, ["TAXI", "a"]), torch.randn(2, 4, 8, 8), AttentionRecorder()
    fused = predict(net, latents, seen)
    assert torch.equal(predict(net, latents, seen, recorder), fused)
    net.unet.set_attn_processor(RecordingAttention())
    torch.testing.assert_close(predict(net, latents, seen), fused, rtol=1e-4, atol=1e-5)
    maps = recorder.maps((8, 8))
    assert sorted({m.shape[2] for m in maps}) == [1, 2, 4, 8] and len(maps) == 16  # 12 characters at every cell
    assert all(torch.allclose(m.sum(dim=1), torch.ones(())) and m.shape[1] == 12 for m in maps)


def test_a_unet_in_bfloat16_takes_and_gives_float32(net: CropNet) -> None:
    given = condition(net, ["OPEN"])
    latents, timesteps = torch.randn(1, 4, 8, 8), torch.tensor([500])
    exact = net(latents, timesteps, given)
    net.unet.to(torch.bfloat16)
    latents.requires_grad_()
    recorder = AttentionRecorder()
    rough = net(latents, timesteps, given, recorder)
    assert rough.dtype == torch.float32 and all(p.dtype == torch.float32 for p in recorder.probabilities)
    assert 0 < float((rough - exact).detach().norm() / exact.norm()) < 0.03
    rough.sum().backward()
    assert latents.grad is not None and latents.grad.dtype == torch.float32 and bool(latents.grad.any())


def test_a_crop_does_not_depend_on_its_neighbours(net: CropNet) -> None:
    seen, latents = condition(net, ["TAXI"]), torch.randn(1, 4, 8, 8)
    three = predict(net, latents.expand(3, -1, -1, -1), seen.repeat(3))
    torch.testing.assert_close(three, predict(net, latents, seen).expand(3, -1, -1, -1), rtol=1e-4, atol=1e-5)


def test_without_text_there_are_zeros_not_an_empty_text(net: CropNet) -> None:
    seen = condition(net, [""])
    assert seen.characters.any()  # the padding's features
    assert not seen.without_text().characters.any() and not seen.without_text().char_valid.any()


def test_autoencoder_halves_three_times() -> None:
    autoencoder = build_crop_autoencoder(TINY_CROP.autoencoder)
    assert autoencoder.encode(torch.zeros(1, 3, 64, 64)).latent_dist.mode().shape == (1, 4, 8, 8)
    assert TINY_CROP.autoencoder.latent_factor == 8


def test_ids_are_the_published_ones_and_the_space_is_padding() -> None:
    assert len(LABEL_CHARACTERS) == 94
    ids, valid = encode_labels(["pandas", "A b", "0~"], max_chars=12)
    assert ids[0].tolist() == [26, 11, 24, 14, 11, 29, 0, 0, 0, 0, 0, 0]
    assert ids[1, :3].tolist() == [37, 0, 12] and valid[1].tolist() == [True] * 3 + [False] * 9
    assert ids[2, :2].tolist() == [1, 94]


def test_refuses_long_texts_and_other_characters() -> None:
    with pytest.raises(ValueError, match="13 characters, the model takes at most 12"):
        encode_labels(["x" * 13], max_chars=12)
    with pytest.raises(ValueError, match="é"):
        encode_labels(["café"], max_chars=12)
    assert unknown_labels("Aé 日é") == ["é", "日"]


def test_encoder_is_deterministic_until_it_is_told_to_drop_out() -> None:
    torch.manual_seed(0)
    encoder = LabelEncoder(TINY_CROP.char_encoder).eval()
    ids, _ = encode_labels(["TAXI"], max_chars=12)
    assert torch.equal(encoder(ids), encoder(ids))
    encoder.train()
    assert not torch.equal(encoder(ids), encoder(ids))


def test_padding_attends_as_published() -> None:
    torch.manual_seed(0)
    encoder = LabelEncoder(TINY_CROP.char_encoder).eval()
    longer, shorter = (encoder(encode_labels([text], max_chars=12)[0]) for text in ("TAXIS", "TAXI"))
    assert not torch.allclose(longer[:, :4], shorter[:, :4])
    assert not torch.allclose(shorter[:, 4], shorter[:, 5])  # each pad has its own place


def test_refuses_another_way_to_resize_masks() -> None:
    with pytest.raises(ValueError, match="bicubic"):
        replace(TINY_CROP, mask_resize="bicubic")  # type: ignore[arg-type]
