"""One tiny text-to-image pipeline for all."""

from pathlib import Path

import pytest

from tests.models.generate.pipelines import save_tiny_pipeline


@pytest.fixture(scope="session")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("pipelines") / "tiny")
