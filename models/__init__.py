"""Tensors and pictures: nets, diffusion, regions, reading, data, training. Knows no Redis, no HTTP, no environment."""
