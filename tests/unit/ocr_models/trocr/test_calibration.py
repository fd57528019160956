import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.trocr.calibration import FEATURES, Calibration, Logistic, features, raised_to

probabilities = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20).map(lambda row: np.array(row, np.float32))


def test_a_calibration_survives_its_file() -> None:
    calibration = Calibration(Logistic((1.0, 0.5, 0.2, 2.0), -1.0), Logistic((0.9, 0.0, 0.1, 1.0), 0.25))
    assert Calibration.from_json(calibration.to_json()) == calibration


def test_a_calibration_of_other_features_is_refused() -> None:
    content = Calibration(Logistic((1.0,) * 4, 0.0), Logistic((1.0,) * 4, 0.0)).to_json() | {"features": ["least"]}
    with pytest.raises(ValueError, match="least"):
        Calibration.from_json(content)


def test_a_logistic_without_weight_is_even() -> None:
    assert Logistic((0.0,) * len(FEATURES), 0.0)(features(np.ones(3, np.float32), 1.0, True)) == 0.5


@given(probabilities, st.floats(0, 1), st.booleans(), st.integers(0, 19), st.floats(0, 1, width=32))
def test_a_surer_network_has_no_lower_features(
    found: np.ndarray, columns: float, agrees: bool, place: int, other: float
) -> None:
    surer = found.copy()
    surer[place % len(found)] = max(surer[place % len(found)], other)
    assert (features(surer, columns, agrees) >= features(found, columns, agrees) - 1e-9).all()
    assert np.isfinite(features(found, columns, agrees)).all()


@given(probabilities, st.floats(0, 1))
def test_moved_confidences_keep_their_order_and_their_bounds(found: np.ndarray, least: float) -> None:
    moved = raised_to(found, least)
    assert moved.min() == pytest.approx(least, abs=1e-5)
    assert moved.max() <= 1 + 1e-5
    order = np.argsort(found, kind="stable")
    assert (np.diff(moved[order]) >= -1e-6).all()
