"""Claims about FID and LPIPS: that they are the measures of these names, and read no other files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.errors import BadModelError
from models.evaluate.published.inception import InceptionFeatures
from models.evaluate.published.lpips import Lpips
from models.evaluate.published.pictures import ALEXNET_FILE, HEADS_FILE, FidMetric, LpipsMetric, frechet_distance


def pictures(count: int, *, seed: int = 0) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 256, (count, 80, 80, 3), np.uint8))


def test_the_distance_of_normal_sets_is_the_one_worked_out_by_hand() -> None:
    # of N(0, diag(1, 4)) and N((3, 0), diag(9, 4)): 3² + (1 − 3)² = 13, and sets with just these moments
    one = np.array([(1, 0), (-1, 0), (0, 2), (0, -2)]) * np.sqrt(1.5)
    other = np.array([(3, 0), (-3, 0), (0, 2), (0, -2)]) * np.sqrt(1.5) + (3, 0)
    assert frechet_distance(one, other) == pytest.approx(13)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    rng = np.random.default_rng(0)
    many, few = rng.normal(size=(900, 6)), rng.normal(1, 2, size=(5, 6))
    assert frechet_distance(many, few) == pytest.approx(frechet_distance(few, many))


def test_of_commuting_covariances_the_distance_is_that_of_their_roots() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(400, 5))
    assert frechet_distance(features, 3 * features) == pytest.approx(
        4 * (np.trace(np.cov(features, rowvar=False)) + (features.mean(axis=0) ** 2).sum())
    )


@pytest.fixture(scope="module")
def fid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inception at random, with the published file's names."""
    torch.manual_seed(0)
    net = InceptionFeatures()
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):  # as torch starts them, hardly anything comes out after 94 of them
            torch.nn.init.kaiming_normal_(module.weight)
    tensors = {name: t for name, t in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    path = tmp_path_factory.mktemp("weights") / "pt_inception.pth"
    torch.save({**tensors, "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}, path)
    return path


def test_the_published_inception_has_these_tensors(fid_file: Path) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in torch.load(fid_file, weights_only=True).items()}
    assert len(shapes) == 94 * 5 + 2  # convolutions, each with a batch norm, and the classifier
    assert shapes["Conv2d_1a_3x3.conv.weight"] == (32, 3, 3, 3)
    assert shapes["Mixed_6b.branch7x7dbl_5.conv.weight"] == (192, 128, 1, 7)
    assert shapes["Mixed_7a.branch7x7x3_4.conv.weight"] == (192, 192, 3, 3)
    assert shapes["Mixed_7c.branch3x3dbl_3b.conv.weight"] == (384, 384, 3, 1)
    assert shapes["Mixed_7c.branch_pool.bn.running_var"] == (192,)


def test_fid_is_0_of_equal_pictures_and_grows_with_the_difference(fid_file: Path) -> None:
    metric = FidMetric.load(fid_file, device="cpu")
    for picture in pictures(3):
        metric.add("reconstruction", picture, picture)
        metric.add("editing", picture, picture // 2)
    same, darker = metric.figures("reconstruction"), metric.figures("editing")
    assert same["value"] == pytest.approx(0, abs=1e-3) and same["pictures"] == 3
    assert darker["value"] > same["value"]


def test_one_picture_has_no_fid(fid_file: Path) -> None:
    metric = FidMetric.load(fid_file, device="cpu")
    metric.add("editing", *pictures(2))
    assert metric.figures("editing") == {"value": None, "pictures": 1}
    assert metric.figures("reconstruction") == {"value": None, "pictures": 0}


def lpips_folder(folder: Path) -> Path:
    """AlexNet and heads at random, with the published files' names."""
    torch.manual_seed(0)
    net = Lpips()
    features = {f"features.{name}": tensor for name, tensor in net.features.state_dict().items()}
    torch.save({**features, "classifier.1.weight": torch.zeros(4096, 9216)}, folder / ALEXNET_FILE)
    heads = {f"lin{name.split('.')[0]}.model.1.weight": tensor.abs() for name, tensor in net.heads.state_dict().items()}
    torch.save(heads, folder / HEADS_FILE)
    return folder


def test_lpips_is_0_of_equal_pictures_and_a_mean_over_pairs(tmp_path: Path) -> None:
    metric = LpipsMetric.load(lpips_folder(tmp_path), device="cpu")
    one, other = pictures(2)
    metric.add("reconstruction", one, one)
    metric.add("editing", one, other)
    alone = metric.figures("editing")["value"]
    metric.add("editing", one, one)
    assert metric.figures("reconstruction") == {"value": 0.0, "pictures": 1}
    assert alone > 0 and metric.figures("editing")["value"] == pytest.approx(alone / 2, abs=1e-4)


def test_alexnet_has_torchvisions_names(tmp_path: Path) -> None:
    names = [name for name in torch.load(lpips_folder(tmp_path) / ALEXNET_FILE, weights_only=True) if "weight" in name]
    assert names[:5] == [f"features.{place}.weight" for place in (0, 3, 6, 8, 10)]


def test_other_files_are_refused(tmp_path: Path, fid_file: Path) -> None:
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(BadModelError, match=r"other.pth isn't the file that is needed: \d+ tensors differ"):
        FidMetric.load(tmp_path / "other.pth", device="cpu")
    with pytest.raises(FileNotFoundError, match=ALEXNET_FILE):
        LpipsMetric.load(tmp_path, device="cpu")
    lpips_folder(tmp_path)
    (tmp_path / HEADS_FILE).write_bytes(fid_file.read_bytes())
    with pytest.raises(BadModelError, match=HEADS_FILE):
        LpipsMetric.load(tmp_path, device="cpu")
