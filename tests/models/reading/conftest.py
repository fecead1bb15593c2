import pytest

from models.reading.words import WordReader


@pytest.fixture(scope="session")
def reader() -> WordReader:
    return WordReader.load(num_threads=1)
