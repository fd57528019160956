"""Word counts, which the benchmark and the end-to-end tests judge by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scoring import WordCounts, count_words, word_f1

texts = st.text(alphabet="abAB \n")


@given(texts, texts)
def test_scores_are_shares_and_f1_is_symmetric(read: str, truth: str) -> None:
    counts = count_words(read, truth)
    assert 0 <= counts.precision <= 1
    assert 0 <= counts.recall <= 1
    assert min(counts.precision, counts.recall) <= counts.f1 + 1e-9
    assert counts.f1 == word_f1(truth, read)


@given(texts)
def test_case_order_and_layout_are_set_aside(text: str) -> None:
    words = text.lower().split()
    assert word_f1(text, "\n".join(reversed(words))) == 1.0


def test_repeated_words_count_as_often_as_they_stand_there() -> None:
    assert count_words("a a b", "A c") == WordCounts(matched=1, read=3, expected=2)
    assert word_f1("a a b", "A c") == pytest.approx(0.4)


def test_a_missing_space_costs_both_words() -> None:
    assert count_words("TOTAL:5.00", "TOTAL: 5.00") == WordCounts(matched=0, read=1, expected=2)


def test_pages_are_averaged_over_words_not_over_pages() -> None:
    long, short = count_words("a b c d e f g h i j", "a b c d e f g h i j"), count_words("x", "y")
    assert sum((long, short), WordCounts()).f1 == pytest.approx(10 / 11)


def test_nothing_read_where_nothing_stands_is_perfect_but_not_where_something_stands() -> None:
    assert word_f1("", " \n") == 1.0
    assert word_f1("", "word") == 0.0
