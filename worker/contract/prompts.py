"""The texts that a prompt wants to see in its picture: what stands in quotation marks. Knows no pictures."""

import re

# Straight single quotes count only where they can't be apostrophes: around whole words.
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»|‘([^’]*)’|(?<!\w)\'([^\']*)\'(?!\w)')


def quoted_texts(prompt: str) -> list[str]:
    """`A sign that says "OPEN"` → ["OPEN"]; in order, blanks at the ends dropped."""
    found = (next(filter(None, match.groups()), "").strip() for match in _QUOTED.finditer(prompt))
    return [text for text in found if text]
