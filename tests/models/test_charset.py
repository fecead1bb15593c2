import pytest
import torch

from models.charset import ACCENTED, CHARSET, MAX_CHARS, NUM_CLASSES, PAD_ID, decode, encode, unknown_characters


def test_ids_are_stable_because_checkpoints_depend_on_them() -> None:
    char_ids, _ = encode(["!~ A"])
    assert char_ids[0, :5].tolist() == [1, 94, 95, 33, PAD_ID]
    assert len(set(CHARSET)) == len(CHARSET) == NUM_CLASSES - 1


def test_encode_then_decode_gives_every_text_back() -> None:
    texts = ["", "EXIT", CHARSET[:MAX_CHARS], "WHY PAY FOR"]
    char_ids, char_valid = encode(texts)
    assert decode(char_ids) == texts
    assert char_valid.sum(dim=1).tolist() == [len(text) for text in texts]
    assert char_ids.dtype == torch.int64


def test_encode_refuses_and_names_the_limit_and_the_characters() -> None:
    with pytest.raises(ValueError, match=r"25 characters.*at most 24"):
        encode(["x" * 25])
    with pytest.raises(ValueError, match=r"ß.*日"):
        encode(["ß日"])
    assert unknown_characters("éßaßb日") == ["ß", "日"]


def test_an_accented_letter_is_its_bare_letter_to_the_encoder() -> None:
    char_ids, _ = encode(["Théâtre", "Theatre"])
    assert torch.equal(char_ids[0], char_ids[1])
    assert len(ACCENTED) == 53
