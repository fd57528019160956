from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ocr_models.ctc_decoder import CtcDecoder

DICTIONARY = ["a", "b", ".", "Ａ", "：", "A", "\u3000"]
CLASSES = ["", *DICTIONARY, " "]
FOLDED = ["", "a", "b", ".", "A", ":", "A", " ", " "]
DECODER = CtcDecoder(DICTIONARY)


def columns(*classes: str, probability: float = 0.8) -> NDArray[np.float32]:
    """One column a class, each as probable as given, the rest of the probability shared."""
    result = np.full((len(classes), len(CLASSES)), (1 - probability) / (len(CLASSES) - 1), np.float32)
    for column, name in enumerate(classes):
        result[column, CLASSES.index(name)] = probability
    return result


probabilities = st.integers(1, 40).flatmap(
    lambda count: arrays(np.float32, (count, len(CLASSES)), elements=st.floats(0, 1, width=32))
)


@given(probabilities)
def test_the_text_is_the_best_path_with_repeats_and_blanks_dropped(columns: NDArray[np.float32]) -> None:
    path = [FOLDED[best] for best in columns.argmax(axis=1)]
    expected = "".join(character for character, _ in groupby(path) if character not in ("", " "))
    assert DECODER.decode(columns).text == expected


@given(probabilities)
def test_every_character_has_a_place_and_a_confidence_on_the_line(columns: NDArray[np.float32]) -> None:
    path = DECODER.decode(columns)
    count = len(path.text)
    assert path.centers.shape == path.confidences.shape == (count,)
    assert path.space_probabilities.shape == (max(count - 1, 0),)
    assert (np.diff(path.centers) > 0).all()
    assert ((path.centers > 0) & (path.centers < len(columns))).all()
    # The best class of a column is never less probable than any other.
    assert (path.confidences >= columns.mean(axis=1).min()).all()
    assert (path.confidences <= columns.max(initial=0)).all()


def test_a_blank_parts_two_equal_characters() -> None:
    assert DECODER.decode(columns("a", "a", "", "a", "b")).text == "aab"


def test_a_space_parts_two_equal_characters_and_is_no_character_itself() -> None:
    path = DECODER.decode(columns("a", " ", "a"))
    assert path.text == "aa"
    assert path.space_probabilities == pytest.approx([0.8 + 0.2 / 8], abs=1e-6)


def test_a_character_is_in_the_middle_of_its_columns() -> None:
    assert DECODER.decode(columns("", "a", "a", "", "", "b", "")).centers.tolist() == [2.0, 5.5]


def test_a_character_is_as_sure_as_its_surest_column() -> None:
    unsure, sure = columns("a", "", "b", probability=0.5), columns("a", probability=0.9)
    assert DECODER.decode(np.concatenate([sure, unsure])).confidences == pytest.approx([0.9, 0.5])


def test_a_faint_space_is_told_of() -> None:
    line = columns("a", "", "b")
    line[1, -1] = 0.15
    assert DECODER.decode(line).space_probabilities == pytest.approx([0.15 + 0.2 / 8], abs=1e-6)


def test_full_width_characters_are_read_as_latin_ones() -> None:
    assert DECODER.decode(columns("Ａ", "A", "：")).text == "A:"


def test_blank_columns_hold_no_text() -> None:
    path = DECODER.decode(columns("", "", " "))
    assert path.text == ""
    assert len(path.confidences) == len(path.centers) == len(path.space_probabilities) == 0
