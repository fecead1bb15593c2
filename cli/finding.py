"""`--find TEXT#2`: the text and which of its occurrences. Knows the notation alone."""

import re

from models.errors import BadTextError


def parse_find(find: str) -> tuple[str, int | None]:
    """`EXIT#2` → ("EXIT", 2), `EXIT` → ("EXIT", None); `##` is a literal #.

    Raises BadTextError for a blank text or an occurrence of 0.
    """
    parts = re.fullmatch(r"(.*?(?<!#)(?:##)*)#(\d+)", find, re.DOTALL)
    text, occurrence = (parts[1], int(parts[2])) if parts else (find, None)
    text = text.replace("##", "#")
    if not text.strip():
        raise BadTextError(f"nothing to find in {find!r}; write ## for a literal #")
    if occurrence == 0:
        raise BadTextError(f"occurrences count from 1, got {find!r}")
    return text, occurrence
