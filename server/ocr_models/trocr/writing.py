"""What a decoder wrote on a line, and how it writes: greedily, one token of each line a step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr_models.trocr.description import DecoderShape
from ocr_models.trocr.network import Memory

# Rows are taken out when no more than this share of them still writes. Lines of like width end together: on batches
# of receipt lines it makes no difference that could be measured, but one line that goes on no longer costs eight.
_COMPACT_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """The n tokens written on one line, the end not among them.

    probabilities: float32 ``(n + 1,)``, of each token and of the end; ``(n,)`` if it was cut before its end.
    attention: float32 ``(n, S)``, how much each token looked at each of the encoder's.
    """

    tokens: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    attention: NDArray[np.float32]

    @property
    def ended(self) -> bool:
        """Whether the decoder came to an end by itself."""
        return len(self.probabilities) > len(self.tokens)


def write_greedily(memory: Memory, decoder: DecoderShape, most: Sequence[int] | NDArray[np.int64]) -> list[Writing]:
    """Take the most probable token each step.

    most: how many tokens each line may have, its end included; a line that reaches it is cut there.
    """
    limits = np.asarray(most, np.int64)
    count, steps = len(limits), int(limits.max())
    tokens = np.full((steps, count), decoder.end_token, np.int64)
    probabilities = np.zeros((steps, count), np.float32)
    looks: list[tuple[NDArray[np.intp], NDArray[np.float32]]] = []
    lines = np.arange(count)
    lengths = np.zeros(count, np.int64)
    token = np.full(count, decoder.start_token, np.int64)
    writes = np.ones(count, bool)
    for position in range(steps):
        logits, attention = memory.step(token, position)
        token = logits.argmax(1)
        tokens[position, lines] = token
        probabilities[position, lines] = 1 / np.exp(logits - logits.max(1, keepdims=True)).sum(1)
        looks.append((lines, attention))
        lengths[lines[writes]] = position + 1
        writes &= (token != decoder.end_token) & (position + 1 < limits[lines])
        left = int(writes.sum())
        if not left:
            break
        if memory.compacts and left <= _COMPACT_SHARE * len(lines):
            rows = np.flatnonzero(writes)
            memory.keep(rows)
            lines, token, writes = lines[rows], token[rows], writes[rows]
    attention = _gathered(looks, count)
    return [
        _writing(tokens[:length, line], probabilities[:length, line], attention[:length, line], decoder.end_token)
        for line, length in enumerate(lengths.tolist())
    ]


def _writing(
    tokens: NDArray[np.int64], probabilities: NDArray[np.float32], attention: NDArray[np.float32], end_token: int
) -> Writing:
    written = len(tokens) - int(tokens[-1] == end_token)
    return Writing(tokens[:written], probabilities, attention[:written])


def _gathered(looks: Sequence[tuple[NDArray[np.intp], NDArray[np.float32]]], count: int) -> NDArray[np.float32]:
    """Attention (steps, count, S), zero where a line had left."""
    found = np.zeros((len(looks), count, looks[0][1].shape[1]), np.float32)
    for position, (lines, attention) in enumerate(looks):
        found[position, lines] = attention
    return found
