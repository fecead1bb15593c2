import json
import math
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from worker import contract
from worker.contract import EVENT, TERMINAL_EVENTS, EditRequest, Event, field_problems, new_edit_id

QUAD = [[412, 96], [618, 101.5], [616, 152], [410, 147]]
IMAGE_ID = "img_" + "0a" * 32


def body(**changes: Any) -> dict[str, Any]:
    return {"image_id": IMAGE_ID, "edits": [{"target": {"quad_px": QUAD}, "text": "TAXI"}], **changes}


def item(**changes: Any) -> dict[str, Any]:
    return body(edits=[{"target": {"quad_px": QUAD}, "text": "TAXI", **changes}])


def refusals(sent: dict[str, Any]) -> dict[str, str]:
    """Pointer → reason."""
    with pytest.raises(ValidationError) as refusal:
        EditRequest.model_validate(sent)
    return {problem.pointer: problem.detail for problem in field_problems(refusal.value.errors())}


def test_the_smallest_request_of_the_documentation_is_accepted() -> None:
    request = EditRequest.model_validate_json(json.dumps(body(seed=1)))
    assert (request.n, request.seed, request.verify, request.output.format) == (4, 1, True, "png")
    assert EditRequest.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    "target",
    [
        {"quad_px": QUAD},
        {"mask_id": "mask_" + "0" * 64},
        {"mask_png_base64": "iVBORw0KGgo="},
        {"region_id": "r12"},
        {"find": {"text": "EXIT"}},
        {"find": {"text": "EXIT", "occurrence": 2}},
    ],
)
def test_each_target_is_accepted_and_comes_back_as_it_was(target: dict[str, Any]) -> None:
    request = EditRequest.model_validate(item(target=target, style_from={"region_id": "r0"}))
    assert request.edits[0].target.model_dump(mode="json", exclude_none=True) == target


@pytest.mark.parametrize(
    ("target", "got"),
    [
        ({}, "got an empty object"),
        ({"quad": QUAD}, "got quad"),
        ({"quad_px": QUAD, "region_id": "r1"}, "got quad_px and region_id"),
        ("quad_px", "is an object"),
        (None, "is an object"),
        ([QUAD], "is an object"),
    ],
)
def test_a_target_says_one_thing_and_the_refusal_tells_what_was_got(target: object, got: str) -> None:
    (pointer, detail), *others = refusals(item(target=target)).items()
    assert pointer == "/edits/0/target"
    assert "exactly one of quad_px, mask_id, mask_png_base64, region_id, find" in detail
    assert got in detail
    assert others == []


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        (body(surprise=1), "/surprise"),
        (body(webhook_url="https://example.org"), "/webhook_url"),
        (item(colour="red"), "/edits/0/colour"),
        (item(target={"quad_px": QUAD, "a/b~c": 1}), "/edits/0/target/a~1b~0c"),
        (item(target={"find": {"text": "A", "case": True}}), "/edits/0/target/find/case"),
        (body(options={"steps": 4}), "/options/steps"),
        (body(output={"dpi": 300}), "/output/dpi"),
    ],
)
def test_unknown_fields_are_refused_by_name(sent: dict[str, Any], pointer: str) -> None:
    assert refusals(sent) == {pointer: "unknown field"}


@pytest.mark.parametrize("value", ["4", 4.0, True, None, math.nan, 0, 9, 10**9, [4]])
def test_a_number_of_candidates_is_a_whole_number_from_1_to_8(value: object) -> None:
    assert list(refusals(body(n=value))) == ["/n"]


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1", True])
def test_a_seed_is_a_whole_number_from_0(seed: object) -> None:
    assert list(refusals(body(seed=seed))) == ["/seed"]


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"num_inference_steps": 0}, "num_inference_steps"),
        ({"num_inference_steps": 10**9}, "num_inference_steps"),
        ({"num_inference_steps": "50"}, "num_inference_steps"),
        ({"guidance_scale": math.nan}, "guidance_scale"),
        ({"guidance_scale": math.inf}, "guidance_scale"),
        ({"guidance_scale": True}, "guidance_scale"),
        ({"refine": 1}, "refine"),
        ({"feather_px": 33}, "feather_px"),
        ({"feather_px": -0.5}, "feather_px"),
        ({"fallback": "blur"}, "fallback"),
        ({"max_attempts": 0}, "max_attempts"),
    ],
)
def test_options_are_refused_outside_their_range(options: dict[str, Any], pointer: str) -> None:
    assert list(refusals(body(options=options))) == [f"/options/{pointer}"]


@pytest.mark.parametrize(
    "quad",
    [
        QUAD[:3],
        [*QUAD, [0, 0]],
        [*QUAD[:3], [410]],
        [*QUAD[:3], ["410", 147]],
        [*QUAD[:3], [math.nan, 147]],
        [*QUAD[:3], [-math.inf, 147]],
        [*QUAD[:3], [1e9, 147]],
        "412,96 618,101",
    ],
)
def test_a_quad_is_four_finite_points(quad: object) -> None:
    pointers = refusals(item(target={"quad_px": quad}))
    assert pointers
    assert all(pointer.startswith("/edits/0/target/quad_px") for pointer in pointers)


@pytest.mark.parametrize("text", ["", "TAXI", "é", "a b", "x" * 200, "🚕", "שלום"])
def test_what_the_model_may_refuse_is_no_business_of_the_contract(text: str) -> None:
    assert EditRequest.model_validate(item(text=text)).edits[0].text == text


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\x7f", "\x85", "\ud800", "   ", "x" * 201, None, 4])
def test_control_characters_lone_surrogates_blanks_and_long_texts_are_refused(text: object) -> None:
    assert list(refusals(item(text=text))) == ["/edits/0/text"]


@pytest.mark.parametrize("edits", [[], [{"target": {"region_id": "r0"}, "text": "A"}] * 17, {}, "TAXI"])
def test_a_request_has_1_to_16_edits(edits: object) -> None:
    assert list(refusals(body(edits=edits))) == ["/edits"]


@pytest.mark.parametrize("image_id", ["img_", "img_" + "0A" * 32, "img_" + "0a" * 32 + "\n", "../x", "*", 7])
def test_an_id_that_looks_otherwise_is_refused(image_id: object) -> None:
    assert list(refusals(body(image_id=image_id))) == ["/image_id"]


def test_a_refusal_doesnt_hold_what_was_sent() -> None:
    secret = "correct horse\x00"
    problems = refusals(body(edits=[{"target": {"quad_px": secret}, "text": secret}], client_ref=secret, n=secret))
    assert len(problems) == 4
    assert "horse" not in str(problems)


def test_a_place_in_a_body_is_told_from_the_body_on() -> None:
    error = {"loc": ("body", "edits", 0, "one-of:find", "find", "text"), "type": "missing", "msg": "Field required"}
    assert field_problems([error])[0].pointer == "/edits/0/find/text"


def test_nothing_of_the_contract_can_be_changed_or_extended() -> None:
    models = [kind for kind in vars(contract).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
    assert len(models) > 30
    for kind in models:
        assert (kind.model_config.get("extra"), kind.model_config.get("frozen")) == ("forbid", True)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "queued", "position": 1, "eta_s": None}, contract.QueuedEvent),
        ({"type": "started", "worker": "w", "device": "cpu", "attempt": 1}, contract.StartedEvent),
        ({"type": "stage", "name": "drawing"}, contract.StageEvent),
        ({"type": "progress", "candidate": 0, "step": 1, "total": 50}, contract.ProgressEvent),
        (
            {"type": "candidate", "index": 0, "ocr_text": None, "score": 0.5, "verified": False, "char_errors": None},
            contract.CandidateEvent,
        ),
        ({"type": "retrying", "attempt": 2, "reason": "worker_lost"}, contract.RetryingEvent),
        ({"type": "completed", "best": 0, "changed_outside_mask_px": 0}, contract.CompletedEvent),
        ({"type": "failed", "code": "bad_text", "message": "m", "retryable": False}, contract.FailedEvent),
        ({"type": "canceled"}, contract.CanceledEvent),
    ],
)
def test_an_event_is_known_by_its_type(told: dict[str, Any], kind: type[Event]) -> None:
    envelope = {"edit_id": new_edit_id(), "seq": 1, "ts": 1.5}
    assert type(EVENT.validate_json(json.dumps(envelope | told))) is kind
    assert (told["type"] in TERMINAL_EVENTS) == (kind.__doc__ or "").startswith("Terminal")


def test_the_schema_of_all_models_can_be_made_and_names_the_bounds() -> None:
    schema = TypeAdapter(EditRequest).json_schema()
    assert schema["properties"]["edits"] | {"items": None, "title": None} == {
        "items": None,
        "title": None,
        "maxItems": 16,
        "minItems": 1,
        "type": "array",
    }
    assert len(schema["$defs"]["EditItem"]["properties"]["target"]["oneOf"]) == 5
    for example in schema["examples"]:
        EditRequest.model_validate_json(json.dumps(example))
    assert {option["$ref"].split("/")[-1] for option in EVENT.json_schema()["oneOf"]} >= {"QueuedEvent", "FailedEvent"}


def test_edit_ids_fit_their_pattern_and_differ() -> None:
    ids = {new_edit_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(TypeAdapter(contract.EditId).validate_python(edit_id) == edit_id for edit_id in ids)
