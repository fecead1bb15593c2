"""What a scenario gives back: figures, some with a bar, and the spread of what it measured. Measures nothing itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number. Without a bar it is only told."""

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool | None:
        """None without a bar."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def number(self) -> str:
        """With its unit, to three digits or so."""
        size = abs(self.value)
        decimals = 0 if self.value == int(self.value) or size >= 100 else 1 if size >= 10 else 2
        return f"{self.value:.{decimals}f} {self.unit}".rstrip()

    @property
    def bar(self) -> str:
        """As the table has it."""
        if self.at_most is not None and self.at_most == self.at_least:
            return f"{self.at_most:g}"
        lower = [] if self.at_least is None else [f"≥ {self.at_least:g}"]
        upper = [] if self.at_most is None else [f"≤ {self.at_most:g}"]
        return " ".join(lower + upper)


@dataclass(frozen=True)
class Outcome:
    """`setting` says under what load the figures were taken."""

    setting: str
    figures: tuple[Figure, ...]

    @property
    def is_met(self) -> bool:
        return all(figure.is_met is not False for figure in self.figures)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values doesn't exceed."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def exactly(what: str, value: float, wanted: float, unit: str = "") -> Figure:
    return Figure(what, value, unit, at_most=wanted, at_least=wanted)


def spread(what: str, seconds: Sequence[float], *, p99_at_most_ms: float | None = None) -> tuple[Figure, ...]:
    """Median, 99th percentile and maximum in milliseconds."""
    ms = [1000 * second for second in seconds]
    return (
        Figure(f"{what} p50", percentile(ms, 0.5), "ms"),
        Figure(f"{what} p99", percentile(ms, 0.99), "ms", at_most=p99_at_most_ms),
        Figure(f"{what} max", max(ms), "ms"),
    )
