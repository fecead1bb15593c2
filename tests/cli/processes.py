"""What tests ask the kernel about processes."""

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 60.0


def until(condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S, *, pause_s: float = 0.02) -> None:
    """→ as soon as it holds; fails when it takes too long."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(pause_s)


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended but that nobody has waited for doesn't."""
    return _state_and_parent(pid) is not None


def descendants(pid: int) -> list[int]:
    """Children, their children, …; the living ones."""
    parents = {int(path.name): _state_and_parent(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found = [pid]
    for ancestor in found:  # grows as it is walked
        found += [child for child, state in parents.items() if state is not None and state[1] == ancestor]
    return found[1:]


def _state_and_parent(pid: int) -> tuple[str, int] | None:
    """None for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else (fields[0], int(fields[1]))
