"""`python -m backend.openapi`: prints the OpenAPI description, to be kept as docs/openapi.json."""

import json
import sys

from backend.app import create_app
from backend.settings import ApiKeys
from worker.settings import Settings


def text() -> str:
    """The same for the same code, wherever it runs."""
    return json.dumps(create_app(Settings(), ApiKeys()).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
