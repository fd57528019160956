"""Rates from counts."""

from dataclasses import replace

from ocr_server.domain.accuracy import FieldAccuracy, TextAccuracy
from ocr_server.domain.document import DocumentType, Engine

FIELD = FieldAccuracy("receipt.total", DocumentType.RECEIPT, "a:1", confirmed=6, corrected=2, added=4, removed=1)
NOTHING = replace(FIELD, confirmed=0, corrected=0, added=0, removed=0)


def test_precision_is_of_what_was_found_and_recall_of_what_is_printed() -> None:
    assert FIELD.precision == 6 / 9
    assert FIELD.recall == 6 / 12


def test_of_nothing_nothing_is_right() -> None:
    only_added, only_removed = replace(NOTHING, added=3), replace(NOTHING, removed=3)
    assert (only_added.precision, only_added.recall) == (0, 0)
    assert (only_removed.precision, only_removed.recall) == (0, 0)


def test_characters_are_wrong_as_a_share_of_the_right_ones() -> None:
    assert TextAccuracy(Engine.TROCR, 2, edit_distance=5, character_count=20).character_error_rate == 0.25
    assert TextAccuracy(Engine.TROCR, 2, edit_distance=5, character_count=0).character_error_rate == 5
