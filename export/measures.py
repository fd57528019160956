"""What training, export and benchmarks count: errors by character, and how far confidences can be trusted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BINS = 15


def edit_distance(first: str, second: str) -> int:
    """The fewest characters to insert, delete or replace that make ``second`` of ``first`` (Levenshtein)."""
    row = list(range(len(second) + 1))
    for index, left in enumerate(first, 1):
        diagonal, row[0] = row[0], index
        for place, right in enumerate(second, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (left != right))
    return row[-1]


def error_rate(pairs: Sequence[tuple[str, str]]) -> float:
    """Edits a character of the truth, over all (read, truth) pairs."""
    return sum(edit_distance(*pair) for pair in pairs) / max(1, sum(len(truth) for _, truth in pairs))


def expected_calibration_error(
    confidences: Sequence[float] | NDArray[np.float64],
    right: Sequence[bool] | NDArray[np.bool_],
    *,
    equal_mass: bool = False,
) -> float:
    """Mean distance between confidence and accuracy, weighted over 15 bins (Guo et al. 2017, equation 5).

    The bins are equally wide, or hold equally many where ``equal_mass``.
    """
    sure, hit = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    order = np.argsort(sure, kind="stable")
    if equal_mass:
        bins = np.array_split(order, BINS)
    else:
        places = np.minimum((sure[order] * BINS).astype(int), BINS - 1)
        bins = [order[places == place] for place in range(BINS)]
    gaps = [len(held) * abs(sure[held].mean() - hit[held].mean()) for held in bins if len(held)]
    return float(sum(gaps) / max(1, len(hit)))
