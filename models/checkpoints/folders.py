"""Where models are, by name. Loads nothing."""

from pathlib import Path

from models.errors import BadModelError

WEIGHTS = Path(__file__).parent.parent / "weights"
BUILT_IN = WEIGHTS / "respell-base"


def model_folder(name: str | None) -> Path | None:
    """A folder, or the name of a model that came with Respell → its folder; None, the built-in one, stays None.

    Raises BadModelError that lists the names.
    """
    if name is None or Path(name).is_dir():
        return None if name is None else Path(name)
    names = sorted(path.name for path in WEIGHTS.glob("*") if path.is_dir())
    if name not in names:
        raise BadModelError(f"no model {name!r}: it is no folder, and the models here are {', '.join(names) or 'none'}")
    return WEIGHTS / name
