import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from models.nets.onnx_graph import import_graph
from models.nets.recogniser import HEIGHT_PX, Recogniser, prepare, recogniser_path

ASCII = "".join(map(chr, range(32, 127)))


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.load()


@pytest.fixture(scope="module")
def ascii_recogniser() -> Recogniser:
    return Recogniser.load(alphabet=ASCII)


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(recogniser_path()))


def picture(text: str) -> Tensor:
    """Dark text on a bright ground, (1, 3, 64, W) in [-1, 1]."""
    font = ImageFont.load_default(40)
    width = round(font.getlength(text)) + 24
    image = Image.new("RGB", (width, 64), (230, 220, 200))
    ImageDraw.Draw(image).text((12, 8), text, fill=(40, 60, 120), font=font)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None] / 127.5 - 1


def onnx_probabilities(session: onnxruntime.InferenceSession, images: Tensor) -> np.ndarray:
    return session.run(None, {"x": images.flip(1).numpy()})[0]  # the file wants BGR


@pytest.mark.parametrize("shape", [(2, 3, 48, 192), (3, 3, 48, 97)])
def test_probabilities_of_noise_equal_onnxruntime(recogniser, session, shape):
    images = torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    probabilities = recogniser(images).softmax(-1)
    assert np.abs(probabilities.numpy() - onnx_probabilities(session, images)).max() < 1e-4


@pytest.mark.parametrize("text", ["Occupied", "EXIT", "1887-90"])
def test_rendered_text_is_read_and_equals_onnxruntime(recogniser, session, text):
    images = prepare(picture(text))
    logits = recogniser(images)
    assert np.abs(logits.softmax(-1).numpy() - onnx_probabilities(session, images)).max() < 1e-4
    assert recogniser.decode(logits) == [text]


def test_narrow_head_gives_the_same_logits_for_its_characters(recogniser, ascii_recogniser):
    images = prepare(picture("Wm3"))
    kept = [recogniser.characters.index(character) for character in ascii_recogniser.characters]
    assert ascii_recogniser.num_classes == 96
    torch.testing.assert_close(ascii_recogniser(images), recogniser(images)[..., kept])


def test_gradients_of_the_ctc_loss_reach_the_pixels(ascii_recogniser):
    images = picture("EXIT").requires_grad_()
    log_probs = ascii_recogniser(prepare(images)).log_softmax(-1)
    ids, lengths = ascii_recogniser.targets(["TAXI"])
    input_lengths = torch.tensor([log_probs.shape[1]])
    F.ctc_loss(log_probs.transpose(0, 1), ids, input_lengths, lengths).backward()
    assert images.grad is not None
    assert images.grad.isfinite().all()
    assert (images.grad != 0).float().mean() > 0.5


def test_descending_the_ctc_loss_rewrites_the_word(ascii_recogniser):
    images = prepare(picture("EXIT")).requires_grad_()
    ids, lengths = ascii_recogniser.targets(["TAXI"])
    optimizer = torch.optim.Adam([images], lr=0.05)
    for _ in range(20):
        log_probs = ascii_recogniser(images).log_softmax(-1)
        loss = F.ctc_loss(log_probs.transpose(0, 1), ids, torch.tensor([log_probs.shape[1]]), lengths)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert ascii_recogniser.decode(ascii_recogniser(images)) == ["TAXI"]


def test_batch_order_does_not_matter(ascii_recogniser):
    images = torch.rand((3, 3, 48, 96), generator=torch.Generator().manual_seed(1)) * 2 - 1
    torch.testing.assert_close(ascii_recogniser(images.flip(0)), ascii_recogniser(images).flip(0))


def test_bf16_autocast_reads_the_same(ascii_recogniser):
    images = prepare(picture("Reserved"))
    with torch.autocast("cpu", torch.bfloat16):
        logits = ascii_recogniser(images)
    assert logits.dtype == torch.float32
    assert ascii_recogniser.decode(logits) == ["Reserved"]


def test_features_are_two_maps_with_gradients(ascii_recogniser):
    images = torch.rand((2, 3, 48, 64), generator=torch.Generator().manual_seed(2)).requires_grad_()
    _, features = ascii_recogniser.forward_features(images)
    assert [tuple(map_.shape) for map_ in features] == [(2, 96, 12, 16), (2, 192, 6, 16)]
    sum(map_.square().mean() for map_ in features).backward()
    assert images.grad is not None and images.grad.abs().sum() > 0


def test_nothing_is_trainable_and_nothing_is_saved(ascii_recogniser):
    assert not list(ascii_recogniser.parameters())
    assert not ascii_recogniser.state_dict()


def test_targets_round_trip_through_the_characters(recogniser):
    ids, lengths = recogniser.targets(["a b", "EXIT", ""])
    assert ids.shape == (3, 4)
    assert lengths.tolist() == [3, 4, 0]
    assert [recogniser.characters[index] for index in ids[0].tolist()] == ["a", " ", "b", ""]


def test_refuses_unknown_characters_and_shapes(ascii_recogniser):
    with pytest.raises(ValueError, match="é"):
        ascii_recogniser.targets(["Théâtre"])
    with pytest.raises(ValueError, match="\\\\x00"):
        Recogniser.load(alphabet="a\0")
    with pytest.raises(ValueError, match=str(HEIGHT_PX)):
        ascii_recogniser(torch.zeros(1, 3, 64, 64))


@pytest.mark.parametrize(
    ("operator", "attributes", "message"),
    [("Celu", {}, "Celu"), ("Conv", {"dilations": [2, 2]}, "dilations"), ("Softmax", {"beta": 1.0}, "beta")],
)
def test_importer_refuses_what_it_does_not_know_by_name(operator, attributes, message):
    node = onnx.helper.make_node(operator, ["x"], ["y"], **attributes)
    graph = onnx.helper.make_graph(
        [node],
        "graph",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])],
    )
    with pytest.raises(ValueError, match=message):
        import_graph(onnx.helper.make_model(graph))


def test_prepare_keeps_the_aspect_ratio():
    assert prepare(torch.zeros(2, 3, 64, 256)).shape == (2, 3, 48, 192)
    assert prepare(torch.zeros(1, 3, 40, 101)).shape == (1, 3, 48, 122)
