"""What the line benchmark counts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.line_domains import Domain, TrueLine
from benchmarks.line_scores import score
from export.measures import edit_distance, error_rate, expected_calibration_error

words = st.text("aAbB ", max_size=12)


def domain(*texts: str, cased: bool = True) -> Domain:
    return Domain("lines", cased, [TrueLine(Path("crop.png"), "page", text) for text in texts])


@pytest.mark.parametrize(
    ("first", "second", "edits"), [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)]
)
def test_edits_are_counted_as_levenshtein_counts_them(first: str, second: str, edits: int) -> None:
    assert edit_distance(first, second) == edits


@given(words, words, words)
def test_the_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_error_rates_weigh_lines_by_their_length() -> None:
    assert error_rate([("a", "b"), ("abcdefghi", "abcdefghi")]) == pytest.approx(0.1)


def test_a_truth_without_case_forgives_case_and_spaces() -> None:
    found = score(domain("TEL : 07", cased=False), ["Tel: 07"], [1.0])
    assert (found.cer_cased, found.cer_tight, found.exact) == (None, 0.0, 1.0)
    assert found.cer == pytest.approx(1 / 8)


def test_a_confidence_is_held_against_whole_words() -> None:
    assert score(domain("TEL : 07", cased=False), ["Tel: 07"], [1.0]).ece == 1.0
    assert score(domain("TEL : 07", cased=False), ["Tel : 07"], [1.0]).ece == 0.0


def test_a_truth_with_case_does_not() -> None:
    found = score(domain("Tel: 07"), ["TEL: 07"], [1.0])
    assert (found.cer_cased, found.cer, found.exact, found.word_f1) == (pytest.approx(2 / 7), 0.0, 0.0, 1.0)


def test_words_are_counted_a_page_at_a_time() -> None:
    found = score(domain("one two", "three"), ["one", "two three"], [1.0, 1.0])
    assert found.word_f1 == 1.0
    assert found.exact == 0.0


def test_text_far_longer_than_the_truth_has_run_away() -> None:
    assert score(domain("RM 5.00", "RM 5.00"), ["RM RM RM RM RM RM", "RM 5.00"], [1.0, 1.0]).runaway == 1


def test_only_lines_of_31_to_80_characters_are_long() -> None:
    lengths = (30, 31, 80, 81)
    found = score(domain(*("x" * n for n in lengths)), ["x" * n for n in lengths[:-1]] + [""], [1.0] * 4)
    assert (found.long_lines, found.exact_long) == (2, 1.0)


def test_calibration_error_is_the_distance_between_confidence_and_accuracy() -> None:
    assert expected_calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0.0)
    assert expected_calibration_error([0.9] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.4)
    assert expected_calibration_error([1.0, 0.0], [False, True]) == pytest.approx(1.0)
