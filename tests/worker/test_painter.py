from pathlib import Path

import pytest

from models.config import SamplerConfig
from models.errors import BadModelError, BadTextError
from tests.worker.edit_helpers import request_for
from worker.painter import ModelPainter, editor_options

IMAGE_ID = "img_" + "0a" * 32


def test_a_model_is_loaded_from_its_folder_and_runs_once_before_it_is_used(tiny_model: Path) -> None:
    painter = ModelPainter.load(str(tiny_model), device="cpu")
    painter.warm()
    assert painter.model_name == "tiny" and painter.device == "cpu"


def test_what_may_be_written_is_the_loaded_models_own(tiny_crop_model: Path) -> None:
    painter = ModelPainter.load(str(tiny_crop_model), device="cpu")
    assert (painter.facts.name, painter.facts.max_chars, len(painter.facts.charset)) == ("udiff", 24, 95)
    painter.check_text("TAXI 2")
    with pytest.raises(BadTextError, match="at most 12"):
        painter.check_text("x" * 13)


def test_models_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelError, match="respell-base"):
        ModelPainter.load("nobody", device="cpu")
    with pytest.raises(BadModelError):
        ModelPainter.load(str(tmp_path), device="cpu")


def test_what_a_request_leaves_open_is_the_models_own() -> None:
    own = SamplerConfig(num_inference_steps=7, guidance_scale=3.0, search_candidates=5, refine=False)
    options = editor_options(request_for(IMAGE_ID, n=3, verify=False, seed=9), own)
    assert options.sampler == own and options.feather_px is None and options.redraw == 0
    assert (options.seed, options.num_candidates, options.max_attempts, options.verify) == (9, 3, 3, False)
    asked = {"num_inference_steps": 2, "guidance_scale": 0.0, "search_candidates": 1, "refine": True, "max_attempts": 1}
    others = {"fallback": "none", "feather_px": 4, "redraw": 2}
    changed = editor_options(request_for(IMAGE_ID, options={**asked, **others}), own)
    assert {name: getattr(changed.sampler, name) for name in asked if name != "max_attempts"} == {
        name: value for name, value in asked.items() if name != "max_attempts"
    }
    assert (
        changed.max_attempts == 1
        and changed.fallback == "none"
        and changed.feather_px == 4
        and changed.redraw == 2
        and changed.sampler.rho == own.rho
    )
