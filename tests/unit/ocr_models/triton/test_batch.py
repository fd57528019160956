"""Ragged lines survive the way to a model and back; whatever no model of ours would answer is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ocr_models.triton.batch import (
    MalformedAnswer,
    pack_crops,
    pack_reads,
    unpack_crops,
    unpack_lines,
    unpack_probabilities,
    unpack_reads,
)
from ocr_models.triton.serving import InvalidInput
from ocr_models.types import Image, ReadText

sides_px = st.integers(1, 12)
crops = st.tuples(sides_px, sides_px).flatmap(lambda size: arrays(np.uint8, (*size, 3)))
shares = st.floats(0, 1, width=32)


@st.composite
def reads(draw: st.DrawFn) -> ReadText:
    text = draw(st.text(max_size=6))
    return ReadText(
        text,
        draw(st.floats(0, 1)),
        draw(arrays(np.float32, len(text), elements=shares)),
        draw(arrays(np.float32, (len(text), 2), elements=shares)),
    )


@given(st.lists(crops, min_size=1, max_size=5))
def test_crops_of_any_sizes_come_out_as_they_went_in(batch: list[Image]) -> None:
    packed = pack_crops(batch)
    assert packed["crops"].flags.c_contiguous
    for crop, unpacked in zip(batch, unpack_crops(packed["crops"], packed["sizes_px"]), strict=True):
        np.testing.assert_array_equal(unpacked, crop)


@given(st.lists(reads(), min_size=1, max_size=5))
def test_reads_come_out_as_they_went_in_to_the_last_bit(batch: list[ReadText]) -> None:
    for read, unpacked in zip(batch, unpack_reads(pack_reads(batch), len(batch)), strict=True):
        assert (unpacked.text, unpacked.confidence) == (read.text, read.confidence)
        np.testing.assert_array_equal(unpacked.char_confidences, read.char_confidences)
        np.testing.assert_array_equal(unpacked.char_spans, read.char_spans)


@pytest.mark.parametrize("size_px", [(0, 5), (5, 0), (-1, 5), (7, 5), (6, 10)])
def test_a_size_that_is_not_within_the_crop_is_refused(size_px: tuple[int, int]) -> None:
    packed = np.zeros((2, 6, 9, 3), np.uint8)
    with pytest.raises(InvalidInput, match="sizes_px: from 1x1 to 6x9"):
        unpack_crops(packed, np.array([[6, 9], size_px], np.int32))


def answer(**changes: NDArray[np.generic]) -> dict[str, NDArray[np.generic]]:
    read = ReadText("ab", 0.5, np.array([0.5, 0.75], np.float32), np.array([[0, 0.5], [0.5, 1]], np.float32))
    return {**pack_reads([read, ReadText.nothing()]), **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"text": np.array([[b"ab"]], np.object_)},
        {"text": np.array([[b"abc"], [b""]], np.object_)},
        {"text": np.array([[b"\xff"], [b""]], np.object_)},
        {"confidence": np.zeros(2)},
        {"confidence": np.array([[0.5], [1.5]])},
        {"confidence": np.array([[0.5], [np.nan]])},
        {"char_confidences": np.zeros((2, 3), np.float32)},
        {"char_confidences": np.full((2, 2), -0.1, np.float32)},
        {"char_spans": np.zeros((2, 2), np.float32)},
        {"char_spans": np.full((2, 2, 2), np.inf, np.float32)},
    ],
)
def test_an_answer_of_another_form_is_no_reading(changes: dict[str, NDArray[np.generic]]) -> None:
    assert unpack_reads(answer(), 2)[0].text == "ab"
    with pytest.raises(MalformedAnswer):
        unpack_reads(answer(**changes), 2)


def test_a_reading_too_many_or_too_few_is_no_reading() -> None:
    for count in (1, 3):
        with pytest.raises(MalformedAnswer):
            unpack_reads(answer(), count)


@pytest.mark.parametrize(
    ("quads", "scores"),
    [
        (np.zeros((2, 4, 2)), np.zeros(3)),
        (np.zeros((2, 2, 4)), np.zeros(2)),
        (np.zeros((2, 4, 2)), np.zeros((2, 1))),
        (np.full((2, 4, 2), np.nan), np.zeros(2)),
        (np.zeros((2, 4, 2)), np.full(2, 1.5)),
    ],
)
def test_quads_without_their_scores_are_no_lines(quads: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    assert len(unpack_lines({"quads": np.zeros((0, 4, 2), np.float32), "scores": np.zeros(0, np.float32)})) == 0
    with pytest.raises(MalformedAnswer):
        unpack_lines({"quads": quads.astype(np.float32), "scores": scores.astype(np.float32)})


@pytest.mark.parametrize("probabilities", [[[0.5]], [[0.5], [0.5], [0.5]], [0.5, 0.5], [[0.5], [-0.1]], [[0.5], [2]]])
def test_probabilities_of_other_lines_are_none(probabilities: list[list[float]]) -> None:
    assert unpack_probabilities({"upside_down": np.array([[0.25], [1]], np.float32)}, 2).tolist() == [0.25, 1.0]
    with pytest.raises(MalformedAnswer):
        unpack_probabilities({"upside_down": np.array(probabilities, np.float32)}, 2)
