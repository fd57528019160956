from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.vocabulary import Vocabulary

PIECES = ["", "", "", "a", "b", " ", " to", "ß", [0xE2, 0x82], [0xAC], [0xFF], "12"]


def test_pieces_join_and_white_space_is_single() -> None:
    spelling = Vocabulary(PIECES).spell([5, 3, 5, 5, 4, 6, 7, 5, 1])
    assert spelling.text == "a b toß"
    assert spelling.token_at == (1, 2, 4, 5, 5, 5, 6)


def test_bytes_of_one_character_may_come_from_several_tokens() -> None:
    spelling = Vocabulary(PIECES).spell([3, 8, 9, 11])
    assert spelling.text == "a€12"
    assert spelling.token_at == (0, 2, 3, 3)


def test_what_is_no_text_becomes_a_replacement_character() -> None:
    assert Vocabulary(PIECES).spell([3, 10, 4]).text == "a\N{REPLACEMENT CHARACTER}b"
    half = Vocabulary(PIECES).spell([3, 8])
    assert half.text == "a\N{REPLACEMENT CHARACTER}"
    assert half.token_at == (0, 1)


def test_nothing_spells_nothing() -> None:
    assert Vocabulary(PIECES).spell([]).text == ""
    assert Vocabulary(PIECES).spell([5, 5]).text == ""


@given(st.lists(st.integers(0, len(PIECES) - 1), max_size=30))
def test_text_is_clean_and_each_character_has_its_token(tokens: list[int]) -> None:
    spelling = Vocabulary(PIECES).spell(tokens)
    assert spelling.text == " ".join(spelling.text.split())
    assert len(spelling.token_at) == len(spelling.text)
    assert list(spelling.token_at) == sorted(spelling.token_at)
    assert all(0 <= index < len(tokens) for index in spelling.token_at)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=20))
def test_any_text_survives_byte_by_byte(text: str) -> None:
    every_byte = Vocabulary([[value] for value in range(256)])
    assert every_byte.spell(list(text.encode())).text == " ".join(text.split())
