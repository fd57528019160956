import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.columns import ColumnReading
from ocr_models.trocr.guards import is_believed, token_limit, without_loop
from ocr_models.trocr.writing import Writing


def seen(count: int) -> ColumnReading:
    return ColumnReading(np.arange(count), np.ones(count, np.float32), np.arange(count, dtype=np.float32))


def test_what_the_dense_head_sees_bounds_what_is_written() -> None:
    limits = [token_limit(seen(count), 97) for count in range(120)]
    assert limits == sorted(limits)
    assert limits[-1] == 97
    assert all(count + 1 < limit <= 1.5 * count + 7 for count, limit in enumerate(limits[:70]))


def written(count: int, *, ended: bool = True) -> Writing:
    return Writing(np.arange(count), np.ones(count + ended, np.float32), np.zeros((count, 3), np.float32))


def test_a_text_that_ends_far_too_early_or_not_at_all_is_not_believed() -> None:
    assert is_believed(written(30), seen(31))
    assert is_believed(written(0), seen(0))
    assert is_believed(written(1), seen(3))
    assert not is_believed(written(30, ended=False), seen(31))
    assert not is_believed(written(18), seen(40))


def test_without_a_dense_head_the_network_is_the_limit() -> None:
    assert token_limit(None, 97) == 97


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("TOTAL RM RM RM RM RM", "TOTAL RM"),
        ("1.00 1.00 1.00", "1.00 1.00 1.00"),
        ("ABABABAB", "AB"),
        ("12.00", "12.00"),
        ("", ""),
    ],
)
def test_a_tail_that_repeats_itself_stays_once(text: str, kept: str) -> None:
    assert text[: without_loop([ord(character) for character in text])] == kept


@given(st.lists(st.integers(0, 3), max_size=40))
def test_what_is_left_is_a_beginning_and_has_no_loop(tokens: list[int]) -> None:
    kept = without_loop(tokens)
    assert 0 <= kept <= len(tokens)
    assert bool(kept) == bool(tokens)
