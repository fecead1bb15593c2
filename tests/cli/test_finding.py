import pytest

from cli.finding import parse_find
from models.errors import BadTextError


@pytest.mark.parametrize(
    ("find", "expected"),
    [
        ("EXIT", ("EXIT", None)),
        ("EXIT#2", ("EXIT", 2)),
        ("#1 pizza", ("#1 pizza", None)),
        ("C##", ("C#", None)),
        ("C###12", ("C#", 12)),
        ("room ##2", ("room #2", None)),
        ("5#", ("5#", None)),
    ],
)
def test_an_occurrence_follows_a_single_hash_at_the_end(find: str, expected: tuple[str, int | None]) -> None:
    assert parse_find(find) == expected


@pytest.mark.parametrize("find", ["", "  ", "#2", "EXIT#0"])
def test_refuses_to_find_nothing(find: str) -> None:
    with pytest.raises(BadTextError):
        parse_find(find)
