from hypothesis import given
from hypothesis import strategies as st

from ocr_models.batching import MAX_LINES, MAX_PADDING, MAX_WIDTH_PX, plan_batches

line_widths = st.lists(st.integers(1, 2 * MAX_WIDTH_PX), max_size=60)


@given(line_widths)
def test_every_line_stands_in_exactly_one_batch(widths_px: list[int]) -> None:
    batches = plan_batches(widths_px)
    assert sorted(index for batch in batches for index in batch) == list(range(len(widths_px)))
    assert all(batches)


@given(line_widths)
def test_batches_of_several_lines_keep_all_bounds(widths_px: list[int]) -> None:
    for batch in plan_batches(widths_px):
        widths = [widths_px[index] for index in batch]
        padded_px = max(widths) * len(widths)
        assert len(batch) <= MAX_LINES
        assert padded_px - sum(widths) <= MAX_PADDING * padded_px
        assert len(batch) == 1 or padded_px <= MAX_WIDTH_PX


@given(line_widths)
def test_narrow_lines_come_first(widths_px: list[int]) -> None:
    planned = [widths_px[index] for batch in plan_batches(widths_px) for index in batch]
    assert planned == sorted(widths_px)


@given(st.integers(1, MAX_WIDTH_PX // MAX_LINES), st.integers(0, 50))
def test_lines_of_one_width_fill_their_batches(width_px: int, count: int) -> None:
    sizes = [len(batch) for batch in plan_batches([width_px] * count)]
    assert all(size == MAX_LINES for size in sizes[:-1])


def test_a_much_wider_line_is_read_alone() -> None:
    assert plan_batches([100, 400, 101, 99]) == [[3, 0, 2], [1]]
