"""Text-to-image: a diffusers pipeline folder that somebody else trained, and pictures from prompts.

The only file that knows diffusers' pipelines. Nothing is downloaded, and no code out of the folder is run.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.errors import BadModelError, BadTextError
from models.generate.folders import pipeline_class

Image = NDArray[np.uint8]  # (H, W, 3) RGB
StepCallback = Callable[[int, int], None]  # (step, number of steps)


@dataclass(frozen=True)
class ImageOptions:
    """How to make a picture; None leaves a choice to the pipeline. `size_hw` is (height, width)."""

    seed: int
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    size_hw: tuple[int, int] | None = None


class ImageModel:
    """One loaded pipeline. Not safe for several threads at once."""

    def __init__(self, pipeline: Any, name: str) -> None:
        self._pipeline, self.name = pipeline, name
        self._parameters = inspect.signature(pipeline.__call__).parameters

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> "ImageModel":
        """The pipeline in `folder`, its weights out of safetensors alone: float32 on a CPU, else bfloat16.

        Raises BadModelError, ModuleNotFoundError where `transformers` isn't installed.
        """
        kind = pipeline_class(folder)
        import transformers  # diffusers would tell of its absence as of a fault of the folder
        from diffusers import DiffusionPipeline
        from diffusers.utils import logging

        for library in (transformers.utils.logging, logging):  # they talk on stderr
            library.set_verbosity_error()
            library.disable_progress_bar()
        dtype = torch.float32 if device == "cpu" else torch.bfloat16
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=dtype
            )
        except (OSError, ValueError, RuntimeError, AttributeError, ImportError, TypeError, KeyError) as error:
            raise BadModelError(f"{folder} ({kind}) can't be loaded: {' '.join(str(error).split())}") from error
        model = cls(pipeline, folder.resolve().name)
        if needed := model._needed() - {"prompt"}:
            raise BadModelError(f"{folder} ({kind}) makes no pictures from a prompt alone, it needs {sorted(needed)}")
        pipeline.set_progress_bar_config(disable=True)
        pipeline.to(device)
        return model

    @property
    def tells_steps(self) -> bool:
        """Whether `draw` calls its `on_step`."""
        return "callback_on_step_end" in self._parameters

    def draw(self, prompt: str, options: ImageOptions, *, on_step: StepCallback | None = None) -> Image:
        """A picture uint8 (H, W, 3). The same seed gives the same on one device.

        Raises BadTextError for a blank prompt, BadModelError for options that the pipeline doesn't take.
        """
        if not prompt.strip():
            raise BadTextError("the prompt is blank: say what the picture shall show")
        asked: dict[str, Any] = {
            "num_inference_steps": options.num_inference_steps,
            "guidance_scale": options.guidance_scale,
            "height": None if options.size_hw is None else options.size_hw[0],
            "width": None if options.size_hw is None else options.size_hw[1],
        }
        given = {name: value for name, value in asked.items() if value is not None}
        if unknown := given.keys() - self._parameters.keys():
            raise BadModelError(f"{self.name} can't be told its {' and '.join(sorted(unknown))}")
        if on_step is not None and self.tells_steps:
            given["callback_on_step_end"] = _reporting(on_step)
        generator = torch.Generator("cpu").manual_seed(options.seed)
        try:
            made = self._pipeline(prompt=prompt, generator=generator, output_type="np", **given).images[0]
        except ValueError as error:  # a size that isn't a multiple of 8, for one
            raise BadModelError(f"{self.name} refuses that: {' '.join(str(error).split())}") from error
        return np.ascontiguousarray(np.rint(np.clip(made, 0, 1) * 255).astype(np.uint8))

    def _needed(self) -> set[str]:
        """The arguments without which the pipeline makes nothing."""
        return {
            name
            for name, parameter in self._parameters.items()
            if parameter.default is inspect.Parameter.empty
            and parameter.kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        } | ({"image"} & self._parameters.keys())


def _reporting(on_step: StepCallback) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    def report(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        del timestep
        on_step(step + 1, int(pipeline.num_timesteps))
        return tensors

    return report
