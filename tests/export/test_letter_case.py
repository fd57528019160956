"""Letter case of lines whose truth is in capitals."""

from export.train.charset import BLANK, FIRST_CHARACTER
from export.train.letter_case import align, collapse


def test_truth_takes_the_case_that_was_seen() -> None:
    assert align("Total Price", "TOTAL PRICE") == "Total Price"


def test_misread_letters_follow_their_neighbours() -> None:
    assert align("Tot@l Pr1ce", "TOTAL PRICE") == "Total Price"


def test_digits_and_signs_of_the_truth_stay() -> None:
    assert align("Qty: l2.5O", "QTY: 12.50") == "Qty: 12.50"


def test_a_truth_that_belongs_to_another_line_is_not_believed() -> None:
    assert align("Thank you", "03-7722 1534") is None


def test_collapse_reads_columns_as_ctc_does() -> None:
    a = FIRST_CHARACTER + 33
    assert collapse([BLANK, a, a, BLANK, a, a + 1, a + 1]) == "AAB"
