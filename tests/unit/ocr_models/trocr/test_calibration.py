import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.calibration import FEATURES, Calibration, Logistic, raised_to
from ocr_models.trocr.reading import Characters, LineReading, PieceReading, line_features, word_features

probabilities = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20).map(lambda row: np.array(row, np.float32))


def test_a_calibration_survives_its_file() -> None:
    calibration = Calibration(Logistic((1.0, 0.5, 0.2, 2.0), -1.0), Logistic((0.9, 0.0, 0.1, 1.0), 0.25))
    assert Calibration.from_json(calibration.to_json()) == calibration


def test_a_calibration_of_other_features_is_refused() -> None:
    content = Calibration(Logistic((1.0,) * 4, 0.0), Logistic((1.0,) * 4, 0.0)).to_json() | {"features": ["least"]}
    with pytest.raises(ValueError, match="least"):
        Calibration.from_json(content)


def reading(written: np.ndarray, least_seen: float, agrees: bool) -> LineReading:
    """A line "xxx xxx …" of one character a column, whose dense head reads another first one unless it agrees."""
    text = "".join(" " if index % 4 == 3 else "x" for index in range(len(written)))
    places = np.arange(len(written), dtype=np.float32) * 4 + 2
    seen = np.full(len(written), least_seen, np.float32)
    whole = PieceReading(
        Characters(text, written, places), 1.0, Characters(text if agrees else "y" + text[1:], seen, places)
    )
    return LineReading(whole, np.stack([places - 2, places + 2], axis=1).astype(np.float64), 4 * len(written))


def test_a_logistic_without_weight_is_even() -> None:
    assert Logistic((0.0,) * len(FEATURES), 0.0)(line_features(reading(np.ones(3, np.float32), 1.0, True))) == [0.5]


@given(probabilities, st.floats(0, 1), st.booleans(), st.integers(0, 19), st.floats(0, 1, width=32))
def test_a_surer_network_has_no_lower_features(
    found: np.ndarray, columns: float, agrees: bool, place: int, other: float
) -> None:
    found = found[: len(found) - (len(found) % 4 == 0)]  # a text does not end with a space
    surer = found.copy()
    surer[place % len(found)] = max(surer[place % len(found)], other)
    for describe in (line_features, word_features):
        assert (describe(reading(surer, columns, agrees)) >= describe(reading(found, columns, agrees)) - 1e-9).all()
        assert np.isfinite(describe(reading(found, columns, agrees))).all()


def test_words_are_described_each_by_itself() -> None:
    doubtful = np.array([0.9, 0.9, 0.9, 0.1, 0.9, 0.5, 0.9], np.float32)  # the space is unsure, and so is a letter
    first, second = word_features(reading(doubtful, 0.8, agrees=False))
    assert first[0] == first[1] == pytest.approx(np.log(9))
    assert second[0] == pytest.approx(0.0)
    assert (first[3], second[3]) == (0.0, 1.0)


@given(probabilities, st.floats(0, 1))
def test_moved_confidences_keep_their_order_and_their_bounds(found: np.ndarray, least: float) -> None:
    moved = raised_to(found, least)
    assert moved.min() == pytest.approx(least, abs=1e-5)
    assert moved.max() <= 1 + 1e-5
    order = np.argsort(found, kind="stable")
    assert (np.diff(moved[order]) >= -1e-6).all()
