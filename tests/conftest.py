"""What tests of several rooms share: a real model folder of each family, tiny and untrained."""

from pathlib import Path

import hypothesis
import pytest
import torch

from models.checkpoints.store import Model, save_model
from models.checkpoints.udifftext import convert_udifftext
from models.config import (
    AutoencoderConfig,
    CharEncoderConfig,
    FaceMatcherConfig,
    FaceNetConfig,
    ModelConfig,
    SamplerConfig,
    UNetConfig,
)
from models.data.faces import faces_for
from models.nets.autoencoder import Autoencoder
from models.nets.face_net import FaceMatcher
from models.nets.strip_net import StripNet
from tests.models.checkpoints.published_files import PublishedNets, save_lightning
from tests.models.crop_models import TINY_CROP

pytest_plugins = ["tests.redis_server"]

# A busy machine is no failure.
hypothesis.settings.register_profile("respell", deadline=None)
hypothesis.settings.load_profile("respell")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of 0.2 M random parameters: everything runs, nothing reads right."""
    config = ModelConfig(
        autoencoder=AutoencoderConfig(channels=16, fine_channels=8, num_blocks=1),
        char_encoder=CharEncoderConfig(dim=32, num_layers=1, num_heads=2),
        unet=UNetConfig(block_out_channels=(16, 16, 32), head_dim=16, cross_attention_dim=32),
        face_matcher=FaceMatcherConfig(
            FaceNetConfig(num_fonts=4, channels=(4, 4, 8, 8), features=8), tuple(face.name for face in faces_for(""))
        ),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        autoencoder, net, matcher = Autoencoder(config.autoencoder), StripNet(config), FaceMatcher(config.face_matcher)
        torch.nn.init.normal_(net.unet.conv_out.weight, std=0.5)  # at zero it would leave the draft as it is
    folder = tmp_path_factory.mktemp("models") / "tiny"
    sampler = SamplerConfig(num_inference_steps=2, search_candidates=2, search_steps=1, residual_scale=1.0)
    save_model(Model("tiny", config, sampler, autoencoder, net, matcher), folder)
    return folder


@pytest.fixture(scope="session")
def tiny_crop_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a converted UDiffText (v1) of 0.2 M random parameters, which works on crops of 64 px."""
    folder = tmp_path_factory.mktemp("crop_models")
    big = save_lightning(PublishedNets(TINY_CROP, "v1").big(whole=True), folder / "big.ckpt")
    convert_udifftext(big, folder / "udiff", config=TINY_CROP)
    return folder / "udiff"
