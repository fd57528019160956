"""The characters the compact TrOCR writes, one token each, and four special tokens before them."""

BOS, PAD, EOS, UNKNOWN = 0, 1, 2, 3
FIRST_CHARACTER = 4
# The dense and CTC outputs of the encoder have no padding, so that its id says "no character here".
BLANK = PAD

_ASCII = "".join(chr(code) for code in range(0x20, 0x7F))
# The order of the first 101 characters is that of the warm-start weights; never reorder, only append.
_EXTENDED = "€£°é"
_LATIN_1 = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèêëìíîïðñòóôõöøùúûüýþÿ"
_LATIN_EXTENDED_A = (
    "ĀāĂ㥹ĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĻļĽľŁłŃńŅņŇňŌōŐőŒœŔŕŘřŚśŞşŠšŤťŪūŮůŰűŲųŴŵŶŷŸŹźŻżŽžȘșȚț"
)
_CURRENCY = "¢¥₹₽₩₺₫₴₦₱₪฿₡₲₸₭₮₼₾₵ƒ¤"
_PUNCTUATION = "–—‘’‚“”„«»‹›…•·¡¿§¶†‡©®™ªº¹²³½¼¾×÷±µ‰№→★✓"

ALPHABET = "".join(dict.fromkeys(_ASCII + _EXTENDED + _LATIN_1 + _LATIN_EXTENDED_A + _CURRENCY + _PUNCTUATION))
VOCABULARY_SIZE = FIRST_CHARACTER + len(ALPHABET)
ID_OF = {character: FIRST_CHARACTER + index for index, character in enumerate(ALPHABET)}


def encode(text: str) -> list[int]:
    """Token ids of `text`, without special tokens; `UNKNOWN` for a character outside of the alphabet."""
    return [ID_OF.get(character, UNKNOWN) for character in text]


def decode(ids: list[int]) -> str:
    """The text that `ids` spell, up to the first `EOS`; other special tokens write nothing."""
    if EOS in ids:
        ids = ids[: ids.index(EOS)]
    return "".join(ALPHABET[index - FIRST_CHARACTER] for index in ids if index >= FIRST_CHARACTER)
