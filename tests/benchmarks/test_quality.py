"""The switches of the quality benchmark mean what they say."""

import pytest

from benchmarks.quality import ablation, steps_sweep
from models.config import SamplerConfig


@pytest.mark.parametrize("own", [SamplerConfig(), SamplerConfig(search_candidates=1, refine=False)])
def test_the_ablation_turns_each_part_on_alone_and_both(own: SamplerConfig) -> None:
    parts = {name: (sampler.search_candidates > 1, sampler.refine) for name, sampler in ablation(own).items()}
    assert parts == {
        "off": (False, False),
        "search": (True, False),
        "refine": (False, True),
        "both": (True, True),
    }
    assert next(iter(ablation(own))) == "off"  # the first is what the others are compared with


def test_the_sweep_changes_the_steps_and_nothing_else() -> None:
    own = SamplerConfig(guidance_scale=1.5)
    for name, sampler in steps_sweep(own, [1, 8]).items():
        assert name.split()[0] == str(sampler.num_inference_steps)
        assert {k for k, v in vars(sampler).items() if v != getattr(own, k)} <= {"num_inference_steps"}
