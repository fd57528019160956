"""The served weights on text that is drawn here, so that what stands where is known."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_models.trocr.network import BoundMemory, TrocrNetwork, empty_past
from ocr_models.trocr.recognizer import MAX_LINES, TrocrRecognizer
from ocr_models.trocr.writing import write_greedily
from ocr_models.words import split_words
from tests.unit.ocr_models.drawn_lines import check_form, check_places, draw

LINES = [
    "Total",
    "8.96",
    "TEL : 03-8765 4321",
    "DATE: 12/08/2017 18:05",
    "TAX INVOICE NO. 000417 (COPY)",
    "2 x Brown bread 400g 5.80",
    "Miller and Sons, VAT 20%: 1,234.56 EUR",
]


@pytest.fixture(scope="module")
def folder(model_repository: Path) -> Path:
    return model_repository / "trocr/1"


@pytest.fixture(scope="module")
def recognizer(folder: Path) -> TrocrRecognizer:
    return TrocrRecognizer(folder)


@pytest.fixture(scope="module")
def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(28)


@pytest.mark.parametrize("beams", [1, 2])
def test_printed_lines_are_read_with_their_spaces(folder: Path, font: ImageFont.ImageFont, beams: int) -> None:
    reads = TrocrRecognizer(folder, beams=beams).read([draw(text, font) for text in LINES])
    assert [read.text for read in reads] == LINES
    for read in reads:
        check_form(read)
        assert read.confidence > 0.5


def test_light_text_on_dark_is_read(recognizer: TrocrRecognizer, font: ImageFont.ImageFont) -> None:
    (read,) = recognizer.read([draw(LINES[4], font, ink="white", paper="black")])
    assert read.text == LINES[4]


def test_words_stand_where_they_were_printed(recognizer: TrocrRecognizer, font: ImageFont.ImageFont) -> None:
    for text in LINES:
        (read,) = recognizer.read([draw(text, font)])
        check_places(read, text, font, within_px=3)


def test_a_batch_reads_as_its_lines_alone(recognizer: TrocrRecognizer, font: ImageFont.ImageFont) -> None:
    crops = [draw(text, font) for text in LINES]
    together, alone = recognizer.read(crops), [recognizer.read([crop])[0] for crop in crops]
    assert [read.text for read in together] == [read.text for read in alone]
    for batched, single in zip(together, alone, strict=True):
        assert batched.char_spans == pytest.approx(single.char_spans, abs=0.03)


def test_threads_may_share_it(recognizer: TrocrRecognizer, font: ImageFont.ImageFont) -> None:
    crops = [draw(text, font) for text in LINES]
    with ThreadPoolExecutor(4) as pool:
        reads = list(pool.map(lambda crop: recognizer.read([crop])[0].text, crops * 4))
    assert reads == LINES * 4


def test_crops_without_text_give_none_and_keep_their_places(
    recognizer: TrocrRecognizer, font: ImageFont.ImageFont
) -> None:
    blank = np.full((30, 100, 3), 255, np.uint8)
    reads = recognizer.read(
        [blank, np.zeros((0, 5, 3), np.uint8), draw("Total", font), np.zeros((1, 900, 3), np.uint8)]
    )
    assert [read.text for read in reads] == ["", "", "Total", ""]
    for read in reads:
        check_form(read)


def test_nothing_in_nothing_out(recognizer: TrocrRecognizer) -> None:
    assert recognizer.read([]) == []
    assert recognizer.plan_batches([]) == []


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.integers(1, 300)).flatmap(lambda size: arrays(np.uint8, (*size, 3))),
        min_size=1,
        max_size=3,
    )
)
def test_any_pixels_give_a_well_formed_result(recognizer: TrocrRecognizer, crops: list[NDArray[np.uint8]]) -> None:
    reads = recognizer.read(crops)
    assert len(reads) == len(crops)
    for read in reads:
        check_form(read)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3000)), max_size=30))
def test_batches_hold_every_crop_once(recognizer: TrocrRecognizer, sizes: list[tuple[int, int]]) -> None:
    crops = [np.broadcast_to(np.zeros(1, np.uint8), (*size, 3)) for size in sizes]
    batches = recognizer.plan_batches(crops)
    assert sorted(index for batch in batches for index in batch) == list(range(len(crops)))
    assert all(len(batch) <= MAX_LINES for batch in batches)


def test_a_very_long_line_is_read_in_pieces_and_stays_one(
    recognizer: TrocrRecognizer, font: ImageFont.ImageFont
) -> None:
    text = " ".join(f"item{number}" for number in range(10, 50))
    crop = draw(text, font)
    assert crop.shape[1] * 24 / crop.shape[0] > 1000
    (read,) = recognizer.read([crop])
    assert len(set(read.text.split()) & set(text.split())) >= 36
    check_form(read)
    middle = split_words(read)[len(text.split()) // 2]
    assert (middle.start + middle.end) / 2 == pytest.approx(0.5, abs=0.05)


def test_keys_and_values_bound_to_a_device_give_the_same_text(folder: Path, font: ImageFont.ImageFont) -> None:
    """The device is the CPU: what runs on a GPU is the same code."""
    network = TrocrNetwork(folder)
    decoder = network.description.decoder
    encoded = network.encode(network.prepare([draw(text, font) for text in LINES]))
    past = empty_past(decoder, len(LINES), np.dtype(np.float32))
    bound = BoundMemory(network.decoder_session, encoded.cross, past, device="cpu")
    limits = [decoder.max_tokens] * len(LINES)
    for there, here in zip(
        write_greedily(bound, decoder, limits),
        write_greedily(network.begin(encoded), decoder, limits),
        strict=True,
    ):
        assert there.tokens.tolist() == here.tokens.tolist()
        assert there.probabilities == pytest.approx(here.probabilities, abs=1e-3)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.json"):
        TrocrRecognizer(tmp_path)


def test_missing_weights_are_named(tmp_path: Path, folder: Path) -> None:
    for name in ("model.json", "vocabulary.json"):
        shutil.copy(folder / name, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"encoder\.int8\.onnx"):
        TrocrRecognizer(tmp_path)


@pytest.mark.parametrize(("key", "value"), [("format", 2), ("image", {"kind": "columns", "height_px": 48})])
def test_a_model_that_cannot_be_served_is_refused(tmp_path: Path, folder: Path, key: str, value: object) -> None:
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps(description | {key: value}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"model\.json"):
        TrocrRecognizer(tmp_path)
