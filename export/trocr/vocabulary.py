"""What each token writes, so that serving needs no tokenizer: text, or raw bytes that are no whole character.

Three kinds of vocabulary are known: one character a token (ours), byte-level BPE (base and large: RoBERTa's), and
SentencePiece (small: XLM-R's).
"""

import json
from typing import Any

Vocabulary = list[str | list[int]]


def of_charset(charset: dict[str, Any], size: int) -> Vocabulary:
    """The vocabulary of `charset.json`: characters from `first_id` on; special tokens write nothing."""
    pieces: Vocabulary = [""] * charset["first_id"] + list(charset["characters"])
    return pieces + [""] * (size - len(pieces))


def of_tokenizer(tokenizer: Any, size: int) -> Vocabulary:
    """The vocabulary of a fast tokenizer. Ids it does not know (a network may have more) write nothing.

    Raises ValueError for a tokenizer that is neither byte-level nor SentencePiece.
    """
    steps = _decoding_steps(json.loads(tokenizer.backend_tokenizer.to_str())["decoder"])
    if "ByteLevel" in steps:
        bytes_of = {character: byte for byte, character in enumerate(_byte_characters())}
    elif "Metaspace" in steps or "ByteFallback" in steps:
        bytes_of = None
    else:
        raise ValueError(f"a tokenizer that decodes by {sorted(steps)} is not known")
    special = set(tokenizer.all_special_ids)
    added = {index: token.content for index, token in tokenizer.added_tokens_decoder.items()}
    return [
        "" if index in special or index >= len(tokenizer) else _piece(tokenizer, index, added, bytes_of)
        for index in range(size)
    ]


def _piece(tokenizer: Any, index: int, added: dict[int, str], bytes_of: dict[str, int] | None) -> str | list[int]:
    token = tokenizer.convert_ids_to_tokens(index)
    if token is None or index in added:
        return added.get(index, "")
    if bytes_of is not None:
        return _text(bytes(bytes_of[character] for character in token))
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
        return _text(bytes([int(token[3:5], 16)]))
    return str(token).replace("▁", " ")


def _text(piece: bytes) -> str | list[int]:
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return list(piece)


def _decoding_steps(decoder: dict[str, Any] | None) -> set[str]:
    if decoder is None:
        return set()
    return {decoder["type"]}.union(*(_decoding_steps(step) for step in decoder.get("decoders", [])))


def _byte_characters() -> list[str]:
    """How GPT-2 shows each byte: as itself where that is visible, otherwise as the next free sign from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return [chr(byte) if byte in visible else chr(next(hidden)) for byte in range(256)]
