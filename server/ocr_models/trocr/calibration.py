"""How sure the network is becomes how often it is right: a logistic regression for lines and one for words.

``export/calibrate.py`` fits the weights on lines that training never saw. Platt 1999, "Probabilistic outputs for
support vector machines"; calibration is measured as in Guo et al. 2017, "On calibration of modern neural networks".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What describes a word or a line, larger is surer: the log-odds of its least sure token and their mean, the log-odds of
# the least sure character that the dense head reads at the same place, and whether it reads the same there.
FEATURES = ("least", "mean", "columns", "agrees")
_SURE = 1e-4  # probabilities this near to 0 or 1 say no more than it does


def logit(probability: NDArray[np.float32] | float) -> NDArray[np.float64]:
    """ln(p / (1 - p)), within bounds."""
    clipped = np.clip(np.asarray(probability, np.float64), _SURE, 1 - _SURE)
    return np.asarray(np.log(clipped / (1 - clipped)))


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probabilities from features: 1 / (1 + exp(-(features @ weights + bias)))."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability ``(n,)`` for each row of features ``(n, 4)``."""
        return np.asarray(1 / (1 + np.exp(-(found @ np.array(self.weights) + self.bias))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The maps of one model, for whole lines and for words."""

    line: Logistic
    word: Logistic

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Calibration":
        """Read the value of "calibration" in model.json. Raises ValueError if other features are weighed there."""
        if tuple(content["features"]) != FEATURES:
            raise ValueError(f"the calibration weighs {content['features']}, this server finds {FEATURES}")
        return cls(*(Logistic(tuple(content[unit]["weights"]), content[unit]["bias"]) for unit in ("line", "word")))

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads."""
        units = {"line": self.line, "word": self.word}
        described = {name: {"weights": list(unit.weights), "bias": unit.bias} for name, unit in units.items()}
        return {"features": list(FEATURES), **described}


def raised_to(confidences: NDArray[np.float32], least: float) -> NDArray[np.float32]:
    """Move ``confidences`` ``(n,)`` of a word's characters, in their order, so that the lowest one is ``least``."""
    lowest = float(confidences.min())
    share = (confidences - lowest) / max(1 - lowest, 1e-6)
    return np.asarray(least + (1 - least) * share, np.float32)
