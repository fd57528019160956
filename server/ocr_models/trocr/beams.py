"""Beam search: several hypotheses a line, the best by mean log-probability wins.

Length-normalised as in Wu et al. 2016, "Google's Neural Machine Translation System", equation 14 with alpha = 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ocr_models.trocr.description import DecoderShape
from ocr_models.trocr.network import Memory
from ocr_models.trocr.writing import Writing

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """The last token of a hypothesis, and what came before it."""

    token: int
    log_probability: float
    attention: Floats
    before: "_Step | None"


@dataclass(slots=True, eq=False)
class _Line:
    """Hypotheses of one line: those that go on, by sum of log-probabilities, and the best that has ended."""

    limit: int
    going: list[tuple[float, _Step | None]] = field(default_factory=lambda: [(0.0, None)])
    best: _Step | None = None
    best_score: float = -np.inf

    def take(self, sums: Floats, looks: Floats, width: int, end_token: int, length: int) -> list[tuple[int, int]]:
        """Extend the hypotheses by one token; return (hypothesis, token) of those that go on.

        sums: ``(hypotheses, V)``, log-probabilities with that token. looks: ``(hypotheses, S)``.
        """
        # Every hypothesis may end, and `width` others are left.
        candidates = np.argpartition(-sums.ravel(), min(2 * width, sums.size - 1))[: 2 * width]
        kept: list[tuple[int, int]] = []
        going: list[tuple[float, _Step | None]] = []
        for candidate in sorted(candidates.tolist(), key=lambda place: -sums.ravel()[place]):
            row, token = divmod(candidate, sums.shape[1])
            total, before = self.going[row]
            score = float(sums[row, token])
            step = _Step(token, score - total, looks[row], before)
            if token == end_token or length == self.limit:
                if score / length > self.best_score:
                    self.best, self.best_score = step, score / length
            elif len(kept) < width:
                kept.append((row, token))
                going.append((score, step))
        # What goes on can at best keep its sum, and is not longer than the limit.
        if not going or going[0][0] / self.limit <= self.best_score:
            kept, going = [], []
        self.going = going
        return kept

    def writing(self, end_token: int) -> Writing:
        """The best hypothesis."""
        steps: list[_Step] = []
        step = self.best
        while step is not None:
            steps.append(step)
            step = step.before
        steps.reverse()
        tokens = np.array([each.token for each in steps], np.int64)
        written = len(tokens) - int(tokens[-1] == end_token)
        probabilities = np.exp([each.log_probability for each in steps]).astype(np.float32)
        attention = np.array([each.attention for each in steps[:written]], np.float32)
        return Writing(tokens[:written], probabilities, attention.reshape(written, len(steps[0].attention)))


def write_with_beams(
    memory: Memory, decoder: DecoderShape, most: Sequence[int] | NDArray[np.int64], width: int
) -> list[Writing]:
    """Keep the ``width`` best hypotheses of each line; see ``writing.write_greedily``, which is the case of one."""
    lines = [_Line(int(limit)) for limit in most]
    owners = list(range(len(lines)))  # of each row of the memory
    tokens = np.full(len(lines), decoder.start_token, np.int64)
    length = 0
    while owners:
        logits, attention = memory.step(tokens, length)
        length += 1
        log_probabilities = logits - _log_sum(logits)
        rows: list[int] = []
        chosen: list[int] = []
        next_owners: list[int] = []
        for owner in dict.fromkeys(owners):
            own = [row for row, each in enumerate(owners) if each == owner]
            line = lines[owner]
            totals = np.array([total for total, _ in line.going], np.float32)[:, None]
            for hypothesis, token in line.take(
                totals + log_probabilities[own], attention[own], width, decoder.end_token, length
            ):
                rows.append(own[hypothesis])
                chosen.append(token)
                next_owners.append(owner)
        owners, tokens = next_owners, np.array(chosen, np.int64)
        if owners:
            memory.keep(np.array(rows, np.intp))
    return [line.writing(decoder.end_token) for line in lines]


def _log_sum(logits: Floats) -> Floats:
    highest = logits.max(1, keepdims=True)
    return np.asarray(highest + np.log(np.exp(logits - highest).sum(1, keepdims=True)), np.float32)
