"""Claims about conversion: files in the published formats become a folder that computes the same, others nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
from torch import Tensor

from models.checkpoints.crop_store import load_crop_model
from models.checkpoints.known_files import KNOWN_FILES, known_file, namesake
from models.checkpoints.udifftext import REPORT_NAME, convert_udifftext
from models.errors import BadModelError
from models.nets.crop_net import CropCondition
from models.nets.label_encoder import encode_labels
from tests.models.checkpoints.published_files import PublishedNets, save_autoencoder, save_lightning
from tests.models.crop_models import TINY_CROP

UNET = "model.diffusion_model."


def converted(folder: Path, nets: PublishedNets) -> Path:
    """The whole checkpoint of `nets` as a model folder."""
    convert_udifftext(save_lightning(nets.big(whole=True), folder / "big.ckpt"), folder / "model", config=TINY_CROP)
    return folder / "model"


@pytest.mark.parametrize("dialect", ["v1", "v2"])
def test_converted_model_computes_what_the_published_one_does(tmp_path: Path, dialect: str) -> None:
    nets = PublishedNets(TINY_CROP, dialect)
    model = load_crop_model(converted(tmp_path, nets))
    assert model.config.mask_resize == {"v1": "nearest", "v2": "bilinear"}[dialect]
    torch.manual_seed(1)
    ids, valid = encode_labels(["TAXI", "a-1"], max_chars=12)
    characters = nets.encoder(ids)
    torch.testing.assert_close(model.net.char_encoder(ids), characters, rtol=1e-4, atol=1e-4)
    latents, masked, mask = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8), torch.rand(2, 1, 8, 8)
    timesteps = torch.tensor([999.0, 19.0])
    expected = nets.unet(torch.cat([latents, mask, masked], dim=1), timesteps, characters)
    predicted = model.net(latents, timesteps, CropCondition(masked, mask, characters, valid))
    torch.testing.assert_close(predicted, expected, rtol=1e-4, atol=1e-4)
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    moments = model.autoencoder.encode(image).latent_dist.parameters
    torch.testing.assert_close(moments, nets.autoencoder.encode(image), rtol=1e-4, atol=1e-4)
    decoded = model.autoencoder.decode(latents).sample
    torch.testing.assert_close(decoded, nets.autoencoder.decode(latents), rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in diffusers' scheduler
def test_folder_is_read_by_diffusers_itself(tmp_path: Path) -> None:
    nets = PublishedNets(TINY_CROP, "v2")
    folder = converted(tmp_path, nets)
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet")
    autoencoder = AutoencoderKL.from_pretrained(folder, subfolder="vae")
    scheduler = EulerDiscreteScheduler.from_pretrained(folder, subfolder="scheduler")
    scheduler.set_timesteps(50)
    assert scheduler.timesteps[:2].tolist() == [999, 979] and scheduler.timesteps[-1] == 19
    latents, context = torch.randn(1, 9, 8, 8), torch.randn(1, 12, 32)
    with torch.no_grad():
        predicted = unet.eval()(latents, 499.0, encoder_hidden_states=context).sample
        decoded = autoencoder.eval().decode(latents[:, :4]).sample
    expected = nets.unet(latents, torch.tensor([499.0]), context)
    torch.testing.assert_close(predicted, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(decoded, nets.autoencoder.decode(latents[:, :4]), rtol=1e-4, atol=1e-4)
    assert autoencoder.config.scaling_factor == 0.18215


def test_separate_files_fill_in_what_the_big_one_lacks(tmp_path: Path) -> None:
    nets, others = PublishedNets(TINY_CROP, "v2"), PublishedNets(TINY_CROP, "v2", seed=1)
    bare = save_lightning(nets.big(whole=False), tmp_path / "bare.ckpt")
    encoder = save_lightning(others.encoder_file(), tmp_path / "encoder.ckpt")
    autoencoder = save_autoencoder(others, tmp_path / "ae.safetensors")
    for part, given in (
        ("char_encoder: give the file that has it with --encoder", {"autoencoder": autoencoder}),
        ("vae: give the file that has it with --autoencoder", {"encoder": encoder}),
    ):
        with pytest.raises(BadModelError, match=part):
            convert_udifftext(bare, tmp_path / "model", config=TINY_CROP, **given)  # type: ignore[arg-type]
    convert_udifftext(bare, tmp_path / "model", encoder=encoder, autoencoder=autoencoder, config=TINY_CROP)
    model = load_crop_model(tmp_path / "model")
    assert torch.equal(model.net.char_encoder.embedding.weight, others.encoder.label_embedding.weight)
    assert torch.equal(model.autoencoder.decoder.conv_in.weight, others.autoencoder.decoder.conv_in.weight)


def test_the_big_files_own_nets_go_before_the_separate_ones(tmp_path: Path) -> None:
    nets, others = PublishedNets(TINY_CROP, "v1"), PublishedNets(TINY_CROP, "v1", seed=1)
    big = save_lightning(nets.big(whole=True), tmp_path / "big.ckpt")
    encoder = save_lightning(others.encoder_file(), tmp_path / "encoder.ckpt")
    conversion = convert_udifftext(big, tmp_path / "model", encoder=encoder, config=TINY_CROP)
    weight = load_crop_model(tmp_path / "model").net.char_encoder.embedding.weight
    assert torch.equal(weight, nets.encoder.label_embedding.weight)
    assert len(conversion.dropped["not used: the checkpoint's own goes before"]) == len(others.encoder_file())


def test_report_accounts_for_every_tensor(tmp_path: Path) -> None:
    nets = PublishedNets(TINY_CROP, "v1")
    report = json.loads((converted(tmp_path, nets) / REPORT_NAME).read_text())
    dropped = {reason: len(names) for reason, names in report["dropped"].items()}
    assert sum(dropped.values()) + sum(report["placed"].values()) == len(nets.big(whole=True))
    assert dropped["a layer norm that v1 made and never used"] == 32
    assert dropped["a second copy of the autoencoder, for the masked picture"] == report["placed"]["vae"]
    assert "optimizer_states" in report["others"]["big.ckpt"]
    (source,) = report["sources"]
    assert source["path"] == "big.ckpt" and len(source["sha256"]) == 64 and source["known"] is None


def test_half_precision_stays_half_on_disk_and_is_computed_in_full(tmp_path: Path) -> None:
    tensors = PublishedNets(TINY_CROP, "v2").big(whole=True)
    halved = {name: value.half() if value.is_floating_point() else value for name, value in tensors.items()}
    convert_udifftext(save_lightning(halved, tmp_path / "big.ckpt"), tmp_path / "model", config=TINY_CROP)
    weight = load_crop_model(tmp_path / "model").net.unet.conv_in.weight
    assert weight.dtype == torch.float32 and torch.equal(weight.half(), halved[UNET + "input_blocks.0.0.weight"])
    unet = UNet2DConditionModel.from_pretrained(tmp_path / "model", subfolder="unet", torch_dtype=torch.float16)
    assert torch.equal(unet.conv_in.weight, weight.half())


def without(name: str) -> Callable[[dict[str, Tensor]], object]:
    return lambda tensors: tensors.pop(name)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without(UNET + "out.2.bias"), r"1 of \d+ tensors of the unet are missing: conv_out.bias"),
        (without("first_stage_model.quant_conv.bias"), r"1 of \d+ tensors of the vae are missing: quant_conv.bias"),
        (without("conditioner.embedders.0.pos_embedding.pe"), "tensors of the char_encoder are missing: positions"),
        (lambda t: t.update({"model_ema.decay": torch.zeros(1)}), "1 tensors that no published.*model_ema.decay"),
        (lambda t: t.update({UNET + "out.2.bias": torch.zeros(5)}), r"conv_out.bias is \(5,\).*needed is \(4,\)"),
        (
            lambda t: t.update({UNET + "out.2.bias": torch.zeros(4, dtype=torch.int8)}),
            "conv_out.bias is .*int8",
        ),
        (lambda t: t.update({"denoiser.sigmas": torch.ones(1000)}), "another noise schedule"),
        (lambda t: t["conditioner.embedders.2.model.quant_conv.bias"].add_(1), "two different autoencoders"),
        (
            lambda t: [t.pop(name) for name in list(t) if ".t_attn." in name],
            "of neither dialect: .*add_attn",
        ),
        (lambda t: t.clear(), "no checkpoint with weights"),
        (lambda t: t.update({"hello": "you"}), "'hello' of type str"),
    ],
)
def test_anything_but_a_whole_published_checkpoint_is_refused(tmp_path: Path, damage, message: str) -> None:  # type: ignore[no-untyped-def]
    tensors = {name: value.clone() for name, value in PublishedNets(TINY_CROP, "v2").big(whole=True).items()}
    damage(tensors)
    big = save_lightning(tensors, tmp_path / "big.ckpt")
    with pytest.raises(BadModelError, match=message):
        convert_udifftext(big, tmp_path / "model", config=TINY_CROP)
    assert [path.name for path in tmp_path.iterdir()] == ["big.ckpt"]


class Malicious:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, (f"open({str(self.trace)!r}, 'w').close()",))


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / "evil.ckpt"
    torch.save({"state_dict": {"w": torch.zeros(1)}, "callbacks": Malicious(trace)}, path)
    with pytest.raises(BadModelError, match=r"asks for .*exec while it is read, and may run it"):
        convert_udifftext(path, tmp_path / "model")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ckpt", b"not a checkpoint", "no torch checkpoint, or an incomplete one"),
        ("a.ckpt", b"", "no torch checkpoint, or an incomplete one"),
        ("a.ckpt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "no torch checkpoint"),
        ("a.safetensors", b"not safetensors at all", "no safetensors file, or an incomplete one"),
    ],
)
def test_files_of_other_kinds_are_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadModelError, match=message):
        convert_udifftext(tmp_path / name, tmp_path / "model")


def test_a_download_that_stopped_halfway_is_refused(tmp_path: Path) -> None:
    big = save_lightning(PublishedNets(TINY_CROP, "v2").big(whole=False), tmp_path / "big.ckpt")
    big.write_bytes(big.read_bytes()[: big.stat().st_size // 2])
    with pytest.raises(BadModelError, match="incomplete"):
        convert_udifftext(big, tmp_path / "model", config=TINY_CROP)


def test_other_pickled_things_are_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.ckpt")
    with pytest.raises(BadModelError, match="it holds a list, needed is a state_dict"):
        convert_udifftext(tmp_path / "list.ckpt", tmp_path / "model")
    with pytest.raises(FileNotFoundError):
        convert_udifftext(tmp_path / "nothing.ckpt", tmp_path / "model")


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(BadModelError, match="exists"):
        convert_udifftext(tmp_path / "any.ckpt", tmp_path / "model")


def test_published_files_are_known_by_their_sha256() -> None:
    assert len({file.sha256 for file in KNOWN_FILES}) == 5 and all(len(file.sha256) == 64 for file in KNOWN_FILES)
    autoencoder = known_file("547baac83984f8bf8b433882236b87e77eb4d2f5c71e3d7a04b8dec2fe02b81f")
    assert autoencoder is not None and autoencoder == namesake(334_640_988)
    assert known_file("0" * 64) is None and namesake(1) is None
