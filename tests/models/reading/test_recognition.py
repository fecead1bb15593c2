import numpy as np
import pytest

from tests.models.reading.pictures import draw_line


@pytest.mark.parametrize("text", ["Reserved", "EXIT", "1887-90", "a"])
def test_rendered_words_are_read(reader, text):
    reading = reader.read(draw_line(text))
    assert reading.text == text
    assert reading.confidence > 0.7


def test_there_is_one_confidence_and_one_rising_centre_a_character(reader):
    reading = reader.read(draw_line("to Harbour"))
    assert len(reading.char_confidences) == len(reading.char_centres) == len(reading.text)
    assert list(reading.char_centres) == sorted(reading.char_centres)
    assert reading.confidence == pytest.approx(np.mean(reading.char_confidences))


def test_a_reading_does_not_depend_on_its_companions(reader):
    crops = [draw_line(text) for text in ("EXIT", "Reserved", "a", "Palais du LOUVRE", "TAXI")]
    for reading, crop in zip(reader.read_many(crops), crops, strict=True):
        alone = reader.read(crop)
        assert reading.text == alone.text
        assert reading.char_confidences == pytest.approx(alone.char_confidences, abs=1e-4)


def test_an_empty_crop_reads_as_nothing(reader):
    reading = reader.read(np.full((40, 120, 3), 200, np.uint8))
    assert (reading.text, reading.confidence, reading.char_confidences) == ("", 0.0, ())


def test_refuses_what_is_not_a_picture(reader):
    with pytest.raises(ValueError, match="float32"):
        reader.read(np.zeros((40, 120, 3), np.float32))
    assert reader.read_many([]) == []
