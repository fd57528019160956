"""How far two texts are apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.edit_distance import edit_distance

texts = st.text("abc €", max_size=12)


def _by_definition(first: str, second: str) -> int:
    if not first or not second:
        return len(first) + len(second)
    return min(
        _by_definition(first[1:], second) + 1,
        _by_definition(first, second[1:]) + 1,
        _by_definition(first[1:], second[1:]) + (first[0] != second[0]),
    )


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("Tota1 9,90", "Total 9,90", 1),
        ("abc", "cab", 2),
        ("ab", "ba", 2),
        ("👍🏽", "👍", 1),
    ],
)
def test_known_distances(first: str, second: str, distance: int) -> None:
    assert edit_distance(first, second) == distance


@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_it_is_the_fewest_changes(first: str, second: str) -> None:
    assert edit_distance(first, second) == _by_definition(first, second)


@given(texts, texts, texts)
def test_it_is_a_metric(first: str, second: str, third: str) -> None:
    distance = edit_distance(first, second)
    assert distance == edit_distance(second, first)
    assert (distance == 0) == (first == second)
    assert distance <= edit_distance(first, third) + edit_distance(third, second)
