import numpy as np
import pytest

from export.calibrate import fit
from export.measures import expected_calibration_error

WEIGHTS, BIAS = (1.0, 0.5, 0.0, 0.8), -0.5


@pytest.fixture(scope="module")
def samples() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    features = draw.normal(1.0, 1.5, (20_000, 4))
    chance = 1 / (1 + np.exp(-(features @ np.array(WEIGHTS) + BIAS)))
    return features, draw.random(len(features)) < chance


def test_fitting_finds_the_weights_that_made_the_samples(samples: tuple[np.ndarray, np.ndarray]) -> None:
    found = fit(*samples)
    assert found.weights == pytest.approx(WEIGHTS, abs=0.06)
    assert found.bias == pytest.approx(BIAS, abs=0.06)


def test_no_feature_makes_a_surer_network_less_sure(samples: tuple[np.ndarray, np.ndarray]) -> None:
    features, right = samples
    turned = features * np.array([1, 1, 1, -1])
    assert fit(turned, right).weights[3] == 0
    assert min(fit(turned, right).weights) >= 0


@pytest.mark.parametrize("equal_mass", [False, True])
def test_what_is_fitted_is_calibrated_and_what_boasts_is_not(
    samples: tuple[np.ndarray, np.ndarray], equal_mass: bool
) -> None:
    features, right = samples
    judge = fit(features[::2], right[::2])
    confidences = judge(features[1::2])
    assert expected_calibration_error(confidences, right[1::2], equal_mass=equal_mass) < 0.02
    boasting = np.full(len(right), 0.99)
    error = expected_calibration_error(boasting, right, equal_mass=equal_mass)
    assert error == pytest.approx(0.99 - right.mean(), abs=1e-6) or equal_mass
    assert error > 0.2
