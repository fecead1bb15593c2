"""The scenarios of `benchmarks/load.py`, and what they share: processes, light clients, figures."""
