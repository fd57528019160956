"""Token ids become text."""

import codecs
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text, words separated by single spaces, and the index of the token that completed each character."""

    text: str
    token_at: tuple[int, ...]


class Vocabulary:
    """What each token writes: pieces of UTF-8, which need not be whole characters."""

    def __init__(self, pieces: Sequence[str | Sequence[int]]) -> None:
        """``pieces``, by token id: a string, or the bytes as integers."""
        self._pieces = [piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces]

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Read ``vocabulary.json``: a list of strings and of lists of bytes."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return len(self._pieces)

    def spell(self, tokens: Sequence[int]) -> Spelling:
        """Join what ``tokens`` write; bytes that are no UTF-8 become U+FFFD, any white space one space."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        characters: list[str] = []
        token_at: list[int] = []
        space_at: int | None = None
        for index, token in enumerate((*tokens, None)):
            written = decoder.decode(b"", final=True) if token is None else decoder.decode(self._pieces[token])
            for character in written:
                if character.isspace():
                    space_at = index if space_at is None else space_at
                    continue
                if space_at is not None and characters:
                    characters.append(" ")
                    token_at.append(space_at)
                space_at = None
                characters.append(character)
                token_at.append(min(index, len(tokens) - 1))
        return Spelling("".join(characters), tuple(token_at))
