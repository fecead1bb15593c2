"""model_index.json: what a model folder is, and the configuration of every net. Knows no networks."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from models.errors import BadModelError

INDEX_NAME = "model_index.json"

Config = TypeVar("Config")


def read_index(folder: Path, *formats: str) -> dict[str, Any]:
    """The index of a model in one of `formats`. Raises BadModelError for a folder without one, or of another."""
    path = folder / INDEX_NAME
    if not path.is_file():
        raise BadModelError(f"no model in {folder}: {INDEX_NAME} is missing")
    try:
        index = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadModelError(f"{path} is not JSON: {error}") from error
    if not isinstance(index, dict) or index.get("format") not in formats:
        got = index.get("format", index.get("_class_name")) if isinstance(index, dict) else type(index).__name__
        allowed = " and ".join(map(repr, formats))
        raise BadModelError(f"{path} is of the architecture {got!r}, allowed is {allowed}")
    return index


def write_index(folder: Path, index: dict[str, Any]) -> None:
    (folder / INDEX_NAME).write_text(json.dumps(index, indent=1) + "\n")


def parse_config(folder: Path, index: dict[str, Any], key: str, kind: type[Config]) -> Config:
    """The config under `key` of the folder's index. Raises BadModelError unless it has just the fields of `kind`."""
    try:
        return config_from_dict(kind, index[key])
    except (KeyError, TypeError, ValueError) as error:
        raise BadModelError(f"{folder / INDEX_NAME} does not describe a model: {error}") from error


def config_from_dict(kind: type[Config], values: dict[str, Any]) -> Config:
    """A frozen config from JSON: nested dataclasses, lists as tuples, unknown and missing fields refused."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if set(values) != known:
        raise ValueError(f"{kind.__name__} has fields {sorted(known)}, got {sorted(values)}")
    hints = get_type_hints(kind)
    arguments = {}
    for name, value in values.items():
        hint = hints[name]
        nested = is_dataclass(hint) and isinstance(hint, type)
        arguments[name] = (
            config_from_dict(hint, value) if nested else tuple(value) if isinstance(value, list) else value
        )
    return kind(**arguments)
