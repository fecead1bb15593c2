"""The texts of synthetic scenes: dictionary words, names, random strings and several words. Knows no pictures."""

import numpy as np

from models.charset import MAX_CHARS, PRINTABLE

_SIGN_WORDS = (
    "EXIT TAXI OPEN CLOSED STOP HOTEL BANK PARKING STATION STREET ROAD AVENUE SALE CAFE BAKERY MUSEUM PLATFORM GATE "
    "SCHOOL LIBRARY NO ENTRY SMOKING PRIVATE PUSH PULL WELCOME DANGER WARNING KEEP OUT OFFICE MARKET CENTRE AIRPORT "
    "NORTH SOUTH EAST WEST BRIDGE RIVER PARK GARDEN SHOP BAR PIZZA COFFEE FRESH FREE NEW ONLY BUS TICKETS"
).split()
_SYLLABLES = (
    "ba be bo da de do ka ke ko la le lo ma mi mo na ne no ra re ro sa se so ta te to va vi zo ex on ix ly".split()
)


def sample_text(rng: np.random.Generator, words: list[str], *, max_chars: int = MAX_CHARS) -> str:
    """One text of 1..`max_chars` characters: 40 % dictionary, 25 % names, 20 % random, 15 % several words."""
    kind = rng.random()
    if kind < 0.40:
        text = _pick(rng, words) if rng.random() < 0.8 else _pick(rng, _SIGN_WORDS)
    elif kind < 0.65:
        text = "".join(_pick(rng, _SYLLABLES) for _ in range(int(rng.integers(2, 5))))
    elif kind < 0.85:
        text = _random_string(rng)
    else:
        text = " ".join(_pick(rng, words) for _ in range(int(rng.integers(2, 4))))
    return _recase(rng, text)[:max_chars].strip()


def sample_partner(rng: np.random.Generator, words: list[str], text: str) -> str:
    """Another text of about the same length (at most a third longer or shorter), to replace `text`."""
    slack = max(1, len(text) // 3)
    for _ in range(30):
        other = sample_text(rng, words)
        if abs(len(other) - len(text)) <= slack and other != text:
            return case_like(text, other) if rng.random() < 0.85 else other
    return case_like(text, _random_letters(rng, len(text)))


def _pick(rng: np.random.Generator, options: list[str]) -> str:
    return options[int(rng.integers(len(options)))]  # rng.choice would copy a long list into an array every time


def case_like(text: str, other: str) -> str:
    if text.isupper():
        return other.upper()
    if text.islower():
        return other.lower()
    if text.istitle():
        return other.title()
    return other


def _recase(rng: np.random.Generator, text: str) -> str:
    case = rng.random()
    if case < 0.42:
        return text.upper()
    if case < 0.75:
        return text.title()
    return text.lower() if case < 0.9 else text


def _random_letters(rng: np.random.Generator, length: int) -> str:
    return "".join(chr(int(code)) for code in rng.integers(ord("a"), ord("z") + 1, size=length))


def _random_string(rng: np.random.Generator) -> str:
    length = int(rng.integers(1, 11))
    kind = rng.random()
    if kind < 0.35:
        return "".join(rng.choice(list("0123456789"), size=length))
    if kind < 0.5:
        return f"{rng.integers(1, 100)}{rng.choice(['%', '.99', ':30', ' km', 'A', '-90', '+', 'th', '/7'])}"
    if kind < 0.8:
        return "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), size=length))
    return "".join(rng.choice(list(PRINTABLE), size=length))
