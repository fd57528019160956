"""Text that lines are rendered from: varied, exact, within the alphabet."""

import re

import pytest

from export.train.charset import ALPHABET, EOS, FIRST_CHARACTER, PAD, decode, encode
from export.train.content import Writer

WORDS = {"english": ["apple", "Store"], "french": ["crème", "goût"]}


@pytest.fixture(scope="module")
def lines() -> list[str]:
    writer = Writer(7, WORDS, ["TOTAL 12.30", "GST NO: 000123"])
    return [writer.line(96) for _ in range(4000)]


def test_the_alphabet_has_no_character_twice() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_the_first_characters_are_those_of_the_first_trained_weights() -> None:
    assert ALPHABET[:95] == "".join(map(chr, range(0x20, 0x7F)))
    assert ALPHABET[95:99] == "€£°é"


def test_text_survives_tokens_and_back() -> None:
    text = "Zażółć GĘŚLĄ jaźń, 12,90 € – ½ L"
    assert decode(encode(text)) == text


def test_decoding_stops_at_the_end_and_writes_no_special_tokens() -> None:
    assert decode([PAD, FIRST_CHARACTER + ALPHABET.index("A"), EOS, FIRST_CHARACTER + 1]) == "A"


def test_lines_are_single_spaced_within_the_alphabet_and_the_length(lines: list[str]) -> None:
    for line in lines:
        assert 1 <= len(line) <= 96
        assert line == " ".join(line.split())
        assert set(line) <= set(ALPHABET)


def test_a_seed_repeats_its_lines() -> None:
    first, second = Writer(3, WORDS), Writer(3, WORDS)
    assert [first.line(40) for _ in range(50)] == [second.line(40) for _ in range(50)]


def test_lines_of_all_lengths_come_up(lines: list[str]) -> None:
    assert sum(len(line) <= 16 for line in lines) > 800
    assert sum(len(line) > 30 for line in lines) > 400
    assert max(map(len, lines)) > 80


def test_every_printable_ascii_character_and_common_signs_come_up(lines: list[str]) -> None:
    seen = set("".join(lines))
    assert set(ALPHABET[:95]) <= seen
    assert set("€£¥₹éüñçØłß°%µ") <= seen


def test_gtins_carry_their_check_digit(lines: list[str]) -> None:
    codes = [code for line in lines for code in re.findall(r"(?<![\w-])\d{13}(?![\w-])", line)]
    valid = [code for code in codes if _weighted(code) % 10 == 0]
    assert len(valid) > 20
    # By chance one in ten would be; cut, digit-only and phone codes may be anything.
    assert len(valid) > len(codes) / 4


def _weighted(code: str) -> int:
    return sum(int(digit) * (1 if place % 2 == 0 else 3) for place, digit in enumerate(code))
