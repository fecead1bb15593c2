import pytest

from worker.ingest_protocol import (
    ANSWER_HEAD,
    MAX_FILE_BYTES,
    MAX_JSON_BYTES,
    ImageFacts,
    Refusal,
    check_ready,
    pack_facts,
    pack_ready,
    pack_refusal,
    parse_answer,
    unpack_answer_head,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"image": {}}',
        '{"refused": {"code": 1, "message": ""}}',
        '{"refused": "x"}',
        '{"image": {"width": 1, "height": 1, "mode": "P", "bit_depth": 8, "orientation_applied": false}}',
    ],
)
def test_what_is_no_answer_is_not_believed(text: str) -> None:
    with pytest.raises(ValueError):
        parse_answer(text.encode())


def test_answers_survive_the_way() -> None:
    facts, refusal = ImageFacts(3, 4, "LA", 16, True), Refusal("code", "message “quoted”")
    for answer, packed in ((facts, pack_facts(facts, file_bytes=5)), (refusal, pack_refusal(refusal))):
        json_bytes, _ = unpack_answer_head(packed[:8])
        assert parse_answer(packed[8 : 8 + json_bytes]) == answer
    with pytest.raises(ValueError, match="500,000,001"):
        unpack_answer_head(ANSWER_HEAD.pack(10, MAX_FILE_BYTES + 1))


def test_a_child_that_greets_otherwise_or_claims_too_much_is_not_believed() -> None:
    check_ready(pack_ready()[ANSWER_HEAD.size :])
    with pytest.raises(ValueError):
        check_ready(b'{"ready": false}')
    with pytest.raises(ValueError):
        unpack_answer_head(ANSWER_HEAD.pack(MAX_JSON_BYTES + 1, 0))
