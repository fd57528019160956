import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.extraction.labelled_amounts import label_amounts
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import read_rows
from tests.unit.extraction.printed_receipts import page


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("TOTAL", Label.TOTAL),
        ("T0TAL", Label.TOTAL),
        ("Summe", Label.TOTAL),
        ("TOTAL TTC", Label.TOTAL),
        ("TOTAL INCL. GST", Label.TOTAL),
        ("Zu zahlen", Label.TOTAL),
        ("Sub-Total", Label.SUBTOTAL),
        ("Zwischensumme", Label.SUBTOTAL),
        ("TOTAL (EXCLUDING GST) :", Label.SUBTOTAL),
        ("TOTAL HT", Label.SUBTOTAL),
        ("GST 6%", Label.TAX),
        ("Sales tax 8.875%", Label.TAX),
        ("MwSt 19%", Label.TAX),
        ("TVA 20%", Label.TAX),
        ("INCL. 19% MWST", Label.TAX),
        ("10% SRV CHG", Label.SERVICE),
        ("Tip", Label.TIP),
        ("Rounding Adj", Label.ROUNDING),
        ("CHANGE DUE:", Label.CHANGE),
        ("Rückgeld", Label.CHANGE),
        ("CASH", Label.PAID),
        ("Gegeben bar", Label.PAID),
        ("VISA", Label.PAID),
        ("TOTAL QTY", Label.COUNT),
        ("GST SUMMARY", Label.OTHER),
        ("TOTAL SAVINGS", Label.OTHER),
    ],
)
def test_words_say_which_part_of_the_sum_an_amount_is(words: str, label: Label) -> None:
    found = label_of(words)
    assert found is not None
    assert found[0] is label


@pytest.mark.parametrize("words", ["MILK 1L", "CASHEW NUTS", "VATER UNSER", "THANK YOU", ""])
def test_other_words_have_no_label(words: str) -> None:
    assert label_of(words) is None


def test_the_more_explicit_total_is_stronger() -> None:
    strengths = [found[1] for words in ("TOTAL", "TOTAL INCL. GST", "GRAND TOTAL") if (found := label_of(words))]
    assert strengths == [1, 2, 3]


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    label_of(text)


def labelled(printed: str) -> list[tuple[Label, str]]:
    return [(found.label, str(found.amount)) for found in label_amounts(read_rows([page(printed)]))]


def test_each_amount_of_a_row_takes_the_words_before_it() -> None:
    assert labelled("CASH 50.00 CHANGE 33.50") == [(Label.PAID, "50.00"), (Label.CHANGE, "33.50")]


def test_the_last_of_several_amounts_behind_one_label_counts() -> None:
    assert labelled("TOTAL 2 19.00 38.00") == [(Label.TOTAL, "38.00")]


def test_a_label_alone_gives_its_part_to_the_amount_below() -> None:
    assert labelled("TOTAL\n  12.30") == [(Label.TOTAL, "12.30")]
    assert labelled("TOTAL\nMILK 12.30") == []


def test_a_large_rounding_is_the_total_it_led_to() -> None:
    assert labelled("ROUNDING 0.02\nROUNDING RM 182.00") == [(Label.ROUNDING, "0.02"), (Label.TOTAL, "182.00")]
