import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.types import ReadText
from ocr_models.words import split_words


def read_text(text: str, confidences: list[float] | None = None) -> ReadText:
    """A line whose characters are equally wide."""
    edges = np.linspace(0, 1, len(text) + 1, dtype=np.float32)
    char_confidences = np.array(confidences or [0.9] * len(text), np.float32)
    return ReadText(text, 0.9, char_confidences, np.stack([edges[:-1], edges[1:]], axis=1))


texts = st.lists(st.text("aZ0.€", min_size=1), max_size=8).map(" ".join)


@given(texts)
def test_joined_with_spaces_the_words_are_the_text(text: str) -> None:
    assert " ".join(word.text for word in split_words(read_text(text))) == text


@given(texts)
def test_a_word_spans_its_own_characters(text: str) -> None:
    for word in split_words(read_text(text)):
        start, end = round(word.start * len(text)), round(word.end * len(text))
        assert text[start:end] == word.text


def test_a_word_is_as_sure_as_its_least_sure_character() -> None:
    first, second = split_words(read_text("ab cd", [0.9, 0.4, 0.1, 0.8, 0.7]))
    assert first.confidence == pytest.approx(0.4)
    assert second.confidence == pytest.approx(0.7)


def test_no_text_has_no_words() -> None:
    assert split_words(read_text("")) == ()
