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
        self._characters = [_character(piece) for piece in self._pieces]

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Read ``vocabulary.json``: a list of strings and of lists of bytes."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return len(self._pieces)

    def spell(self, tokens: Sequence[int]) -> Spelling:
        """Join what ``tokens`` write; bytes that are no UTF-8 become U+FFFD, any white space one space."""
        text = "".join([self._characters[token] for token in tokens])
        if len(text) == len(tokens) and text == " ".join(text.split()):
            return Spelling(text, tuple(range(len(text))))
        return self._spell_bytes(tokens)

    def _spell_bytes(self, tokens: Sequence[int]) -> Spelling:
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


def _character(piece: bytes) -> str:
    """The one character that ``piece`` is; nothing if it is less or more than one."""
    text = piece.decode("utf-8", "ignore")
    return text if len(text) == 1 and text.encode() == piece else ""
