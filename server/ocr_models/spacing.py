"""Where the spaces of a line are, which a CTC recognizer often leaves out, above all beside punctuation."""

import numpy as np
from numpy.typing import NDArray

MIN_SPACE_PROBABILITY = 0.1


def find_spaces(space_probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which gaps between neighbouring characters are spaces: bool ``(n - 1,)`` for a line of n characters.

    space_probabilities: float32 ``(n - 1,)``, the highest probability of the space class between two characters.
    """
    return space_probabilities >= MIN_SPACE_PROBABILITY
