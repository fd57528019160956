"""What the decoder writes greedily, found in a few runs instead of one a token.

The dense head has seen a text: it is the draft. One run of the decoder over the whole of it tells what the decoder
would have written after each of its beginnings. Up to the first place where that is something else, the draft is what
greedy decoding writes; there the decoder's token is put in, and the draft, mended, is tried again. Stern et al. 2018,
"Blockwise parallel decoding for deep autoregressive models"; Sun et al. 2021, "Instantaneous grammatical error
correction with shallow aggressive decoding", section 3, say why nothing changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr_models.trocr.columns import ColumnReading
from ocr_models.trocr.description import DecoderShape
from ocr_models.trocr.network import Encoded, TrocrNetwork
from ocr_models.trocr.placement import centroids
from ocr_models.trocr.writing import Writing, write_greedily

# Nine of ten receipt lines are done in one run, nearly all in three.
_MOST_RUNS = 4

# Which lines (R,), their texts (R, N) -> logits (R, N, V) and attention (R, N, S), see TrocrNetwork.follow.
Follow = Callable[[list[int], NDArray[np.int64]], tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a line may say: its tokens, and where each stands, in columns from the left."""

    line: int
    tokens: list[int]
    centers: list[float]

    def mended(self, agreed: int, token: int, center: float) -> "_Draft":
        """The first ``agreed`` tokens, then ``token``, read at ``center``, then the rest of the draft.

        Where that was tells whether the draft has overlooked a token, misread it, or seen one that is not there.
        """
        before = self.centers[agreed - 1] if agreed else 0.0
        here, *following = [*self.centers[agreed : agreed + 2], np.inf]
        places = [(before + here) / 2, here, *following[:1]]
        skipped = min(range(len(places)), key=lambda skipped: abs(places[skipped] - center))
        tokens = [*self.tokens[:agreed], token, *self.tokens[agreed + skipped :]]
        return _Draft(self.line, tokens, [*self.centers[:agreed], center, *self.centers[agreed + skipped :]])


def write_drafted(
    network: TrocrNetwork, encoded: Encoded, drafts: Sequence[ColumnReading], most: Sequence[int]
) -> list[Writing]:
    """Write every line greedily, each from what the dense head has seen of it; see write_from_drafts."""

    def follow(lines: list[int], texts: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        every = lines == list(range(len(encoded)))
        return network.follow(encoded if every else encoded.lines(lines), texts)

    decoder = network.description.decoder
    written = write_from_drafts(follow, decoder, drafts, most)
    left = [line for line, writing in enumerate(written) if writing is None]
    step_by_step = iter(
        write_greedily(network.begin(encoded.lines(left)), decoder, [most[i] for i in left]) if left else []
    )
    return [next(step_by_step) if writing is None else writing for writing in written]


def write_from_drafts(
    follow: Follow, decoder: DecoderShape, drafts: Sequence[ColumnReading], most: Sequence[int]
) -> list[Writing | None]:
    """Write lines greedily, each from a draft of it; None for a line whose draft is no help.

    most: how many tokens each line may have, its end included; a line that reaches it is cut there.
    """
    written: list[Writing | None] = [None] * len(drafts)
    left = [_Draft(line, draft.tokens.tolist(), draft.centers.tolist()) for line, draft in enumerate(drafts)]
    for _ in range(_MOST_RUNS):
        texts = _texts(left, most, decoder)
        logits, attention = follow([draft.line for draft in left], texts)
        chosen = logits.argmax(2).tolist()
        again: list[_Draft] = []
        for row, draft in enumerate(left):
            limit = most[draft.line]
            agreed = _agreed(draft.tokens[: limit - 1], chosen[row])
            token = chosen[row][agreed]
            if token == decoder.end_token or agreed + 1 == limit:
                there = slice(0, agreed + 1)
                written[draft.line] = _writing(
                    [*draft.tokens[:agreed], token], logits[row, there], attention[row, there], decoder
                )
            else:
                center = float(centroids(attention[row, agreed : agreed + 1])[0])
                again.append(draft.mended(agreed, token, center))
        if not again:
            break
        left = again
    return written


def _texts(drafts: Sequence[_Draft], most: Sequence[int], decoder: DecoderShape) -> NDArray[np.int64]:
    """The start token and a draft in each row; what stands behind its end does not matter."""
    rows = [[decoder.start_token, *draft.tokens[: most[draft.line] - 1]] for draft in drafts]
    texts = np.full((len(rows), max(map(len, rows))), decoder.end_token, np.int64)
    for text, row in zip(texts, rows, strict=True):
        text[: len(row)] = row
    return texts


def _agreed(draft: Sequence[int], chosen: Sequence[int]) -> int:
    """How many tokens of the draft the decoder would have written as well, one after the other."""
    return next((place for place, token in enumerate(draft) if token != chosen[place]), len(draft))


def _writing(
    tokens: Sequence[int], logits: NDArray[np.float32], attention: NDArray[np.float32], decoder: DecoderShape
) -> Writing:
    probabilities = 1 / np.exp(logits - logits.max(1, keepdims=True)).sum(1)
    kept = len(tokens) - (tokens[-1] == decoder.end_token)
    return Writing(np.array(tokens[:kept], np.int64), probabilities, attention[:kept])
