import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.beams import write_with_beams
from ocr_models.trocr.writing import Writing, write_greedily
from tests.unit.ocr_models.trocr.scripted import DECODER, END, Distribution, ScriptedMemory, certain, endless

texts = st.lists(st.lists(st.integers(4, 11), max_size=8).map(tuple), min_size=1, max_size=9)


@given(texts, st.booleans())
def test_every_line_gets_its_own_text_whenever_the_others_end(lines: list[tuple[int, ...]], compacts: bool) -> None:
    memory = ScriptedMemory([certain(*text) for text in lines], compacts=compacts)
    writings = write_greedily(memory, DECODER, [20] * len(lines))
    assert [tuple(writing.tokens.tolist()) for writing in writings] == lines
    for writing in writings:
        assert writing.ended
        assert writing.probabilities == pytest.approx(np.ones(len(writing.tokens) + 1))
        assert writing.attention.argmax(1).tolist() == [min(i, 5) for i in range(len(writing.tokens))]


@given(texts, st.integers(2, 4))
def test_beams_write_what_is_certain(lines: list[tuple[int, ...]], width: int) -> None:
    memory = ScriptedMemory([certain(*text) for text in lines])
    writings = write_with_beams(memory, DECODER, [20] * len(lines), width)
    assert [tuple(writing.tokens.tolist()) for writing in writings] == lines


def test_decoding_stops_with_the_longest_line_and_leaves_ended_ones_behind() -> None:
    memory = ScriptedMemory([certain(5), certain(5, 6, 7, 8, 9), certain(), certain(4)])
    write_greedily(memory, DECODER, [20] * 4)
    assert memory.rows_at_step == [4, 4, 1, 1, 1, 1]


def test_rows_stay_where_taking_them_out_costs_more() -> None:
    memory = ScriptedMemory([certain(5), certain(5, 6, 7), certain()], compacts=False)
    write_greedily(memory, DECODER, [20] * 3)
    assert memory.rows_at_step == [3] * 4


@pytest.mark.parametrize("width", [1, 3])
def test_a_line_that_never_ends_is_cut_at_its_limit_and_says_so(width: int) -> None:
    memory = ScriptedMemory([endless(7), certain(4, 5)])
    limits = [6, 20]
    runaway, other = (
        write_greedily(memory, DECODER, limits) if width == 1 else write_with_beams(memory, DECODER, limits, width)
    )
    assert runaway.tokens.tolist() == [7] * 6
    assert not runaway.ended
    assert other.tokens.tolist() == [4, 5]
    assert other.ended


def garden_path(written: tuple[int, ...]) -> Distribution:
    """Token 4 looks better at first, but what follows it is unsure; after 5 all is certain."""
    match written:
        case ():
            return {4: 0.55, 5: 0.45}
        case (4,):
            return {6: 0.4, 7: 0.3, 8: 0.3}
        case (5,):
            return {9: 1.0}
        case _:
            return {END: 1.0}


def test_beams_leave_the_garden_path_and_greed_does_not() -> None:
    (greedy,) = write_greedily(ScriptedMemory([garden_path]), DECODER, [20])
    (beams,) = write_with_beams(ScriptedMemory([garden_path]), DECODER, [20], 2)
    assert greedy.tokens.tolist() == [4, 6]
    assert beams.tokens.tolist() == [5, 9]
    assert beams.probabilities == pytest.approx([0.45, 1, 1], abs=1e-4)


def short_or_long(written: tuple[int, ...]) -> Distribution:
    """A short text of .5, and a longer one of .36 in all, surer at each token."""
    return {END: 0.5, 4: 0.5} if not written else {4: 0.9, END: 0.1} if len(written) < 4 else {END: 1.0}


def test_hypotheses_are_compared_by_their_mean_and_not_their_sum() -> None:
    (beams,) = write_with_beams(ScriptedMemory([short_or_long]), DECODER, [20], 3)
    assert beams.tokens.tolist() == [4, 4, 4, 4]


def test_a_writing_knows_whether_it_ended() -> None:
    tokens, looks = np.array([4, 5]), np.zeros((2, 3), np.float32)
    assert Writing(tokens, np.ones(3, np.float32), looks).ended
    assert not Writing(tokens, np.ones(2, np.float32), looks).ended
