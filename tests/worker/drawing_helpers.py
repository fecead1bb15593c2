"""Edits as a worker draws them, with a tiny model."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.worker.edit_helpers import QUAD, request_for
from worker.contract import DetectResult, EditRequest, Update
from worker.drawing import EditDrawing
from worker.painter import Painter
from worker.photo import Photo
from worker.reporting import Reporter
from worker.storage import BlobStore

QUICK = {"num_inference_steps": 1, "search_candidates": 1, "refine": False, "max_attempts": 1, "fallback": "none"}
EXIT: dict[str, Any] = {"target": {"quad_px": QUAD}, "text": "TAXI"}
BOTH: tuple[dict[str, Any], ...] = (
    EXIT,
    {"target": {"quad_px": [[40, 122], [220, 122], [220, 172], [40, 172]]}, "text": "MARKT"},
)


def drawing(
    request: EditRequest,
    painter: Painter,
    store: BlobStore,
    *,
    told: list[Update] | None = None,
    words: DetectResult | None = None,
) -> EditDrawing:
    reporter = Reporter(
        (told if told is not None else []).append,
        lambda _: None,
        num_items=len(request.edits),
        num_candidates=request.n,
        previews=False,
    )
    return EditDrawing(request, painter=painter, store=store, detected=lambda: words, reporter=reporter)


def quick(image_id: str, *items: dict[str, Any], **changes: Any) -> EditRequest:
    """Without reading back: no round after the first."""
    return request_for(image_id, *(items or (EXIT,)), **{"verify": False, "options": QUICK, **changes})


def picture(folder: Path, sha256: str | None) -> np.ndarray:
    [path] = (folder / "results").rglob(f"{sha256}.*")
    with Image.open(path) as image:
        return np.array(image)


def stored_picture(store: BlobStore, sha256: str | None) -> np.ndarray:
    """All samples with their bits."""
    assert sha256 is not None
    return Photo.open(store.get(f"results/{sha256[:2]}/{sha256}.png")).samples
