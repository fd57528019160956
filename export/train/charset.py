"""The characters the compact TrOCR writes, one token each, and four special tokens before them."""

from collections.abc import Sequence

BOS, PAD, EOS, UNKNOWN = 0, 1, 2, 3
FIRST_CHARACTER = 4
# The dense and CTC outputs of the encoder have no padding, so that its id says "no character here".
BLANK = PAD


def _block(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


# The order is that of the trained weights: never reorder, only append.
_ASCII = _block(0x20, 0x7E)
_FIRST_EXTENSION = "€£°é"
_LATIN_1 = _block(0xA1, 0xAC) + _block(0xAE, 0xFF)  # without the soft hyphen, which is not seen
_LATIN_EXTENDED_A = _block(0x100, 0x17F) + "\u0218\u0219\u021a\u021b"  # and Romanian S and T with comma
_CURRENCY = _block(0x20A0, 0x20C0) + "\u0192\u0e3f"
_PUNCTUATION = "\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a\u2026\u2022\u2020\u2021\u2030"
_SIGNS = "\u2122\u2116\u2192\u2713\u2605\u2393"

ALPHABET = "".join(
    dict.fromkeys(_ASCII + _FIRST_EXTENSION + _LATIN_1 + _LATIN_EXTENDED_A + _CURRENCY + _PUNCTUATION + _SIGNS)
)
VOCABULARY_SIZE = FIRST_CHARACTER + len(ALPHABET)
ID_OF = {character: FIRST_CHARACTER + index for index, character in enumerate(ALPHABET)}


def encode(text: str) -> list[int]:
    """Token ids of `text`, without special tokens; `UNKNOWN` for a character outside of the alphabet."""
    return [ID_OF.get(character, UNKNOWN) for character in text]


def decode(ids: Sequence[int]) -> str:
    """The text that `ids` spell, up to the first `EOS`; other special tokens write nothing."""
    written = []
    for token in ids:
        if token == EOS:
            break
        if token >= FIRST_CHARACTER:
            written.append(ALPHABET[token - FIRST_CHARACTER])
    return "".join(written)
