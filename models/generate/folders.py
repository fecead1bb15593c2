"""What a folder with a pipeline of diffusers says of itself. Loads neither diffusers nor torch."""

import json
from collections.abc import Mapping
from pathlib import Path

from models.errors import BadModelError

INDEX_NAME = "model_index.json"


def pipeline_class(folder: Path) -> str:
    """The class that the folder names. Raises BadModelError for what is no pipeline of diffusers' own."""
    index = folder / INDEX_NAME
    if not index.is_file():
        raise BadModelError(f"{folder} is no pipeline folder of diffusers: it has no {INDEX_NAME}")
    try:
        named = json.loads(index.read_text())
    except ValueError as error:
        raise BadModelError(f"{index} is no JSON: {error}") from error
    kind = named.get("_class_name") if isinstance(named, Mapping) else None
    if not isinstance(kind, str):
        raise BadModelError(f"{index} names no pipeline of diffusers' own: _class_name is {kind!r}")
    return kind
