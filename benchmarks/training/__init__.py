"""The parts of `benchmarks/train_smoke.py`: a kill and a resumption, the ablation's arms, figures of held-out crops."""
