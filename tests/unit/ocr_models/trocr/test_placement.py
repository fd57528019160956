import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ocr_models.trocr.columns import ColumnReading
from ocr_models.trocr.placement import attention_centers, column_centers, grid_centers, shared_centers
from ocr_models.trocr.writing import Writing


def looking_at(*columns: int, width: int = 20, tokens: list[int] | None = None) -> Writing:
    attention = np.full((len(columns), width + 1), 0.1 / width, np.float32)
    attention[np.arange(len(columns)), np.array(columns) + 1] = 0.9
    ids = np.array(tokens or range(10, 10 + len(columns)), np.int64)
    return Writing(ids, np.ones(len(columns) + 1, np.float32), attention)


def seen(tokens: list[int], centers: list[float]) -> ColumnReading:
    return ColumnReading(np.array(tokens), np.ones(len(tokens), np.float32), np.array(centers, np.float32))


def test_a_token_stands_where_the_decoder_looked() -> None:
    assert attention_centers(looking_at(2, 6, 15)) == pytest.approx([2.5, 6.5, 15.5], abs=0.1)


def test_tokens_that_the_dense_head_sees_too_stand_where_it_sees_them() -> None:
    writing = looking_at(2, 6, 15, tokens=[10, 11, 12])
    assert column_centers(writing, seen([10, 11, 12], [1, 5, 14])).tolist() == [1, 5, 14]
    mixed = column_centers(writing, seen([10, 99, 12], [1, 5, 14]))
    assert mixed == pytest.approx([1, 6.5, 14], abs=0.1)


def test_one_wrong_look_does_not_drag_the_others_along() -> None:
    centers = attention_centers(looking_at(2, 5, 19, 9, 12))
    assert centers[[0, 1]] == pytest.approx([2.5, 5.5], abs=0.1)
    assert (np.diff(centers) >= 0).all()
    assert centers[-1] < 17


def test_a_look_at_a_grid_of_patches_has_a_place_across() -> None:
    patches = np.zeros((2, 4, 4), np.float32)
    patches[0, 1:3, 0] = 0.5
    patches[1, :, 3] = 0.25
    attention = np.concatenate([np.full((2, 1), 0.5, np.float32), patches.reshape(2, 16)], axis=1)
    centers = grid_centers(Writing(np.array([4, 5]), np.ones(3, np.float32), attention))
    assert centers == pytest.approx([0.125, 0.875])


def test_characters_of_one_token_stand_side_by_side_in_it() -> None:
    centers = shared_centers(np.array([10, 20, 40], np.float32), np.array([0, 1, 1, 2]))
    assert centers.tolist() == pytest.approx([10, 15 + 3.75, 15 + 11.25, 40])


@given(
    st.lists(st.floats(0, 100, width=32), min_size=1, max_size=8).map(sorted),
    st.lists(st.integers(1, 3), min_size=8, max_size=8),
)
def test_shared_places_ascend(centers: list[float], counts: list[int]) -> None:
    token_at: NDArray[np.intp] = np.repeat(np.arange(len(centers)), counts[: len(centers)])
    places = shared_centers(np.array(centers, np.float32), token_at)
    assert places.shape == token_at.shape
    assert (np.diff(places) >= -1e-3).all()
