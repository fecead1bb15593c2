"""The report of the scaled-down training."""

from benchmarks.training.arms import ARMS, SAMPLERS
from benchmarks.training.tables import markdown


def test_the_ablation_has_an_arm_without_each_part() -> None:
    full = ARMS["full"]
    assert full.attention > 0 and full.recognition > 0
    assert ARMS["no local loss"].attention == 0 and ARMS["no recognition loss"].recognition == 0
    assert SAMPLERS["full"].refine and SAMPLERS["full"].search_candidates > 1
    assert SAMPLERS["no search"].search_candidates == 1 and not SAMPLERS["no refinement"].refine


def test_the_table_has_means_over_seeds_and_their_spread() -> None:
    learnt = {"stroke_miou": 0.2, "peak_miou": 0.1, "denoising": 1.0}
    report = {
        "seconds": 240.0,
        "cpu_seconds": 400.0,
        "steps": 80,
        "seeds": 2,
        "resumption": {"killed_at_step": 13, "resumed_from_step": 8, "steps": 24, "largest_difference": 0.0},
        "overfit": {"before": learnt, "after": learnt | {"stroke_miou": 0.9}},
        "arms": {"full": [{"denoising": 0.1}, {"denoising": 0.3}]},
        "samplers": {"no search": [{"drawn_ce": 6.0}]},
    }
    table = markdown(report)
    assert "| full | 0.200 ± 0.100 |" in table and "| no search | 6.000 ± 0.000 |" in table
    assert "gone on with from step 8" in table and "0.20 → 0.90" in table
