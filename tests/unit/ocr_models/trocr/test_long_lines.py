import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.long_lines import MAX_PIECE_PX, split_long


def words_of(*widths_px: int, gap_px: int = 20) -> np.ndarray:
    line = np.full((32, sum(widths_px) + gap_px * len(widths_px)), 255, np.uint8)
    left = gap_px // 2
    for width in widths_px:
        line[12:18, left : left + width : 2] = 0  # strokes
        left += width + gap_px
    return line


def test_a_line_within_the_window_stays_whole() -> None:
    assert split_long(words_of(150, 250)) == [(0, 440)]


def test_a_long_line_is_cut_at_a_space() -> None:
    line = words_of(380, 420)
    ((first, cut), (again, last)) = split_long(line)
    assert (first, again, last) == (0, cut, line.shape[1])
    assert 390 <= cut <= 410


@pytest.mark.parametrize("shade", [0, 255])
def test_a_line_without_white_is_cut_in_the_middle(shade: int) -> None:
    pieces = split_long(np.full((32, 900), shade, np.uint8))
    assert pieces == [(0, 450), (450, 900)]


@given(st.lists(st.integers(5, 900), min_size=1, max_size=6), st.integers(0, 40))
def test_pieces_follow_each_other_and_fit(widths_px: list[int], gap_px: int) -> None:
    line = words_of(*widths_px, gap_px=gap_px)
    pieces = split_long(line)
    assert [start for start, _ in pieces] == [0, *(end for _, end in pieces[:-1])]
    assert pieces[-1][1] == line.shape[1]
    assert all(0 < end - start <= MAX_PIECE_PX for start, end in pieces)
