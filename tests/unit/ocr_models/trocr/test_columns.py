import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.columns import read_columns

BLANK = 1


def test_runs_collapse_and_blanks_part_equal_characters() -> None:
    tokens = np.array([1, 5, 5, 1, 5, 6, 1, 1], np.int32)
    probabilities = np.array([0.9, 0.5, 0.8, 0.9, 0.7, 0.6, 0.9, 0.9], np.float32)
    reading = read_columns(tokens, probabilities, BLANK)
    assert reading.tokens.tolist() == [5, 5, 6]
    assert reading.probabilities.tolist() == [np.float32(0.8), np.float32(0.7), np.float32(0.6)]
    assert reading.centers.tolist() == [2.0, 4.5, 5.5]


@given(st.lists(st.integers(0, 4), max_size=40))
def test_every_character_stands_on_a_column_that_shows_it(columns: list[int]) -> None:
    tokens = np.array(columns, np.int32)
    reading = read_columns(tokens, np.full(len(tokens), 0.5, np.float32), BLANK)
    assert len(reading) == len(reading.centers) == len(reading.probabilities)
    assert (np.diff(reading.centers) > 0).all()
    assert (tokens[reading.centers.astype(int)] == reading.tokens).all()
