"""How far drawings are from their originals as whole pictures: what the published protocol measures besides reading."""

from typing import Any, Protocol

from models.evaluate.metrics import Image
from models.evaluate.published.protocol import Task


class PictureMetric(Protocol):
    """Collects pictures one by one."""

    def add(self, task: Task, original: Image, drawn: Image) -> None: ...

    def figures(self, task: Task) -> dict[str, Any]:
        """`value`, None where there are too few, and the number of `pictures`."""
        ...
