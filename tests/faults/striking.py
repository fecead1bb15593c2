"""`python -m tests.faults.striking`: a worker whose device fails in the middle of its first edit.

The rest is `worker.main`, with its real network. On a GPU the fault is real; a CPU has none like it, and there the
error is the one that torch raises.
"""

import sys

import torch
from torch import Tensor, nn

from worker import logs
from worker.main import load_painter, run
from worker.painter import ModelPainter
from worker.settings import Settings


def main() -> int:
    logs.configure()
    settings = Settings.from_env()
    painter = load_painter(settings)
    assert isinstance(painter, ModelPainter)
    painter.editor.model.net.register_forward_pre_hook(_strike)
    return run(settings, painter)


def _strike(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    if not inputs[0].is_cuda:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
    out_of_bounds = inputs[0].flatten()[torch.tensor([2**40], device=inputs[0].device)]
    out_of_bounds.cpu()


if __name__ == "__main__":
    sys.exit(main())
