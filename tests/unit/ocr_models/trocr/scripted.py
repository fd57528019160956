"""A decoder whose next token is looked up in a table of what was written before."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ocr_models.trocr.description import DecoderShape

START, END = 2, 3
VOCABULARY = 12
LOOKED_AT = 6
DECODER = DecoderShape(layers=1, heads=1, head_size=2, start_token=START, end_token=END, pad_token=1, max_tokens=20)

Distribution = Mapping[int, float]


class ScriptedMemory:
    """A Memory. Each line has a function from the tokens written so far to probabilities of the next one."""

    def __init__(self, lines: Sequence[Callable[[tuple[int, ...]], Distribution]], *, compacts: bool = True) -> None:
        self.compacts = compacts
        self.rows_at_step: list[int] = []
        self._rows = [(line, ()) for line in lines]

    def step(self, tokens: NDArray[np.int64], position: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        assert len(tokens) == len(self._rows)
        assert all(len(written) == position for _, written in self._rows)
        self.rows_at_step.append(len(tokens))
        self._rows = [(line, (*before, int(token))) for (line, before), token in zip(self._rows, tokens, strict=True)]
        logits = np.full((len(tokens), VOCABULARY), -30.0, np.float32)
        attention = np.zeros((len(tokens), LOOKED_AT), np.float32)
        for row, (line, written) in enumerate(self._rows):
            for token, probability in line(written[1:]).items():
                logits[row, token] = np.log(probability)
            attention[row, min(position, LOOKED_AT - 1)] = 1
        return logits, attention

    def keep(self, rows: NDArray[np.intp]) -> None:
        self._rows = [self._rows[row] for row in rows]


def certain(*text: int) -> Callable[[tuple[int, ...]], Distribution]:
    """Write these tokens, then end."""
    return lambda written: {(*text, END)[min(len(written), len(text))]: 1.0}


def endless(token: int) -> Callable[[tuple[int, ...]], Distribution]:
    """Write the token for ever."""
    return lambda written: {token: 1.0}
