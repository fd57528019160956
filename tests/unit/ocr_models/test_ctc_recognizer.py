"""The real model on text that is drawn here, so that what stands where is known."""

import unicodedata
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_models.ctc_recognizer import CtcRecognizer, normalized_width_px
from ocr_models.types import ReadText
from ocr_models.words import split_words
from tests.unit.ocr_models.drawn_lines import check_form, check_places, draw

MODEL = Path(__file__).parents[3] / "model_repository/line_recognizer_ctc/1/model.onnx"
LINES = [
    "Total",
    "8.96",
    "TEL : 03-8765 4321",
    "DATE: 12/08/2017 18:05",
    "TAX INVOICE NO. 000417 (COPY)",
    "2 x Brown bread 400g 5.80",
    "Miller & Sons, VAT 20%: 1,234.56 EUR",
]


@pytest.fixture(scope="module")
def recognizer() -> CtcRecognizer:
    return CtcRecognizer(MODEL)


@pytest.fixture(scope="module")
def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(28)


def check_invariants(read: ReadText) -> None:
    check_form(read)
    if read.text:
        assert read.confidence == pytest.approx(min(word.confidence for word in split_words(read)))


def test_printed_lines_are_read_with_their_spaces(recognizer: CtcRecognizer, font: ImageFont.ImageFont) -> None:
    reads = recognizer.read([draw(text, font) for text in LINES])
    assert [read.text for read in reads] == LINES
    for read in reads:
        check_invariants(read)
        assert read.confidence > 0.5


def test_light_text_on_dark_is_read(recognizer: CtcRecognizer, font: ImageFont.ImageFont) -> None:
    (read,) = recognizer.read([draw(LINES[4], font, ink="white", paper="black")])
    assert read.text == LINES[4]


def test_words_stand_where_they_were_printed(recognizer: CtcRecognizer, font: ImageFont.ImageFont) -> None:
    for text in LINES:
        (read,) = recognizer.read([draw(text, font)])
        check_places(read, text, font, within_px=2)


def test_a_batch_reads_as_its_lines_alone(recognizer: CtcRecognizer, font: ImageFont.ImageFont) -> None:
    crops = [draw(text, font) for text in LINES]
    together, alone = recognizer.read(crops), [recognizer.read([crop])[0] for crop in crops]
    assert [read.text for read in together] == [read.text for read in alone]
    for batched, single in zip(together, alone, strict=True):
        assert batched.char_spans == pytest.approx(single.char_spans, abs=0.02)


def test_crops_without_text_give_none_and_keep_their_places(
    recognizer: CtcRecognizer, font: ImageFont.ImageFont
) -> None:
    blank = np.full((30, 100, 3), 255, np.uint8)
    reads = recognizer.read(
        [blank, np.zeros((0, 5, 3), np.uint8), draw("Total", font), np.zeros((1, 900, 3), np.uint8)]
    )
    assert [read.text for read in reads] == ["", "", "Total", ""]
    for read in reads:
        check_invariants(read)


def test_nothing_in_nothing_out(recognizer: CtcRecognizer) -> None:
    assert recognizer.read([]) == []


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.integers(1, 300)).flatmap(lambda size: arrays(np.uint8, (*size, 3))),
        min_size=1,
        max_size=3,
    )
)
def test_any_pixels_give_a_well_formed_result(recognizer: CtcRecognizer, crops: list[NDArray[np.uint8]]) -> None:
    reads = recognizer.read(crops)
    assert len(reads) == len(crops)
    for read in reads:
        check_invariants(read)


@given(st.integers(0, 3000), st.integers(0, 50_000))
def test_the_normalized_width_is_bounded_and_in_whole_columns(height: int, width: int) -> None:
    crop = np.broadcast_to(np.zeros(1, np.uint8), (height, width, 3))
    normalized_px = normalized_width_px(crop)
    assert 16 <= normalized_px <= 3200
    assert normalized_px % 8 == 0
    if height and 16 <= width * 48 / height <= 3200:
        assert 0 <= normalized_px - width * 48 / height < 8


def test_a_very_long_line_is_squeezed_not_refused(recognizer: CtcRecognizer, font: ImageFont.ImageFont) -> None:
    words = ["item"] * 80
    crop = draw(" ".join(words), font)
    assert crop.shape[1] * 48 / crop.shape[0] > 3200
    (read,) = recognizer.read([crop])
    assert read.text.split().count("item") > 70


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        CtcRecognizer(tmp_path / "model.onnx")


def test_the_served_head_knows_european_characters_and_no_others() -> None:
    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    dictionary = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    assert session.get_outputs()[0].shape[-1] == len(dictionary) + 2
    assert set("AZaz09.,:;/-()#*&@%+='\"!?€£$¥ßäöüéèçñøåÆœŁšž°×²") <= set(dictionary)
    names = {unicodedata.name(character, "").split()[0] for character in dictionary}
    assert not names & {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
