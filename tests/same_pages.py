"""Pages that were read twice, by models in different places."""

import pytest

from ocr_server.domain.document import Recognition


def check_same_pages(found: Recognition, expected: Recognition) -> None:
    """All is equal but confidences, whose last digit two versions of numpy may round apart."""
    for expected_page, found_page in zip(expected.document.pages, found.document.pages, strict=True):
        assert found_page.rotation_degrees == expected_page.rotation_degrees
        for line, found_line in zip(expected_page.lines, found_page.lines, strict=True):
            assert (found_line.text, found_line.polygon, found_line.engine) == (line.text, line.polygon, line.engine)
            assert found_line.confidence == pytest.approx(line.confidence, abs=1e-6)
            assert found_line.detection_score == line.detection_score
            for word, found_word in zip(line.words, found_line.words, strict=True):
                assert (found_word.text, found_word.polygon) == (word.text, word.polygon)
                assert found_word.confidence == pytest.approx(word.confidence, abs=1e-6)
