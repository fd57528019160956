"""A decoder that is a rule: after a beginning that the true text has, the true text's next token, else anything."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.columns import ColumnReading
from ocr_models.trocr.description import DecoderShape
from ocr_models.trocr.drafts import write_from_drafts

END = 0
DECODER = DecoderShape(layers=1, heads=1, head_size=1, start_token=END, end_token=END, pad_token=1, max_tokens=40)
VOCABULARY = 9

texts = st.lists(st.integers(2, VOCABULARY - 1), max_size=12)


class Rule:
    """Writes each line's text if nobody leads it astray; looks at column 2i + 1 for the token i."""

    def __init__(self, lines: list[list[int]]) -> None:
        self.lines, self.runs = lines, 0

    def next(self, line: int, beginning: list[int]) -> int:
        true = [*self.lines[line], END]
        if len(beginning) < len(true) and beginning == true[: len(beginning)]:
            return true[len(beginning)]
        return zlib.crc32(bytes(beginning)) % VOCABULARY  # it comes to an end now and then

    def follow(self, lines: list[int], given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.runs += 1
        assert (given[:, 0] == DECODER.start_token).all()
        logits = np.zeros((*given.shape, VOCABULARY), np.float32)
        attention = np.zeros((*given.shape, 2 * DECODER.max_tokens + 2), np.float32)
        for row, line in enumerate(lines):
            for place in range(given.shape[1]):
                logits[row, place, self.next(line, given[row, 1 : place + 1].tolist())] = 5.0
                attention[row, place, 1 + 2 * place + 1] = 1.0
        return logits, attention

    def greedy(self, line: int, most: int) -> list[int]:
        tokens: list[int] = []
        while len(tokens) < most and (token := self.next(line, tokens)) != END:
            tokens.append(token)
        return tokens


def draft(tokens: list[int]) -> ColumnReading:
    centers = 2 * np.arange(len(tokens), dtype=np.float32) + 1.5
    return ColumnReading(np.array(tokens, np.int64), np.ones(len(tokens), np.float32), centers)


@given(st.lists(st.tuples(texts, texts, st.integers(1, 14)), min_size=1, max_size=4))
def test_whatever_the_draft_the_text_is_the_greedy_one(cases: list[tuple[list[int], list[int], int]]) -> None:
    rule = Rule([true for true, _, _ in cases])
    limits = [limit for _, _, limit in cases]
    written = write_from_drafts(rule.follow, DECODER, [draft(tokens) for _, tokens, _ in cases], limits)
    for line, (writing, limit) in enumerate(zip(written, limits, strict=True)):
        if writing is None:
            continue
        wanted = rule.greedy(line, limit)
        assert writing.tokens.tolist() == wanted
        assert writing.ended == (len(wanted) < limit)
        assert len(writing.attention) == len(wanted)
        assert writing.probabilities == pytest.approx(1 / (1 + (VOCABULARY - 1) * np.exp(-5.0)), abs=1e-5)


TRUE = [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("seen", "runs"),
    [
        (TRUE, 1),
        ([2, 3, 5, 6, 7], 2),  # one overlooked
        ([2, 3, 8, 5, 6, 7], 2),  # one misread
        ([2, 3, 8, 4, 5, 6, 7], 2),  # one that is not there
        ([2, 4, 5, 7], 3),
        ([2, 3, 4, 5], 3),
    ],
)
def test_each_mistake_of_the_draft_costs_one_more_run(seen: list[int], runs: int) -> None:
    """What is there stands where it is looked for: a mended draft is right behind its mistake."""
    rule = Rule([TRUE])
    where = {token: 2 * TRUE.index(token) + 1.5 for token in TRUE} | {8: 5.5}
    centers = [where[token] for token in seen]
    if len(seen) > len(TRUE):
        centers[seen.index(8)] = 4.5  # between its neighbours
    reading = ColumnReading(np.array(seen, np.int64), np.ones(len(seen), np.float32), np.array(centers, np.float32))
    (writing,) = write_from_drafts(rule.follow, DECODER, [reading], [DECODER.max_tokens])
    assert writing is not None
    assert writing.tokens.tolist() == TRUE
    assert rule.runs == runs


def test_a_draft_that_is_no_help_is_given_up() -> None:
    rule = Rule([[2, 3] * 6])
    assert write_from_drafts(rule.follow, DECODER, [draft([8] * 12)], [DECODER.max_tokens]) == [None]
