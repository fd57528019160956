"""Where the spaces of a line are. A CTC recognizer leaves many out, above all beside punctuation.

Three things tell: the network's own inkling of a space, the white on the crop, and the distance between the
characters. They are weighed by a logistic regression that ``export/fit_spacing.py`` fits on printed receipts.
All lengths are pixels of the crop scaled to the recognizer's height.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

# Weights of the columns of ``gap_features``, then the bias.
WEIGHTS = np.array([0.77, 2.49, 1.15], np.float32)
BIAS = -0.51

_SURE = 1e-6  # probabilities this near to 0 or 1 say no more than it does
_MAX_PITCH_PX = 24.0  # half the line's height: what remains of the pitch where nearly every gap is a space
_EDGE_SHARE = 1 / 12  # the neighbouring lines reach into the crop this far
_RULE = 0.9  # a row with more ink than this is a rule under the text, or its frame


def find_spaces(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which gaps between neighbouring characters are spaces: bool ``(gaps,)`` from ``gap_features``."""
    return np.asarray(features @ WEIGHTS + BIAS > 0)


def gap_features(
    space_probabilities: NDArray[np.float32], centers_px: NDArray[np.float32], blanks_px: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Describe the n - 1 gaps of a line of n characters: float32 ``(n - 1, 3)``.

    space_probabilities: ``(n - 1,)``, 0 to 1. centers_px: ``(n,)``, ascending. blanks_px: ``(n - 1, 2)``, the white
    stretch in each gap. The features are the logit of the probability, by how much the white is wider than usual
    on this line, and how far the characters are apart, the last two in pitches: a fixed-pitch font leaves much
    white beside an ``i`` or a full stop, but no more than one pitch between two centers.
    """
    if not len(space_probabilities):
        return np.zeros((0, 3), np.float32)
    probability = np.clip(space_probabilities.astype(np.float64), _SURE, 1 - _SURE)
    steps = np.diff(centers_px)
    white = blanks_px[:, 1] - blanks_px[:, 0]
    pitch = min(float(np.median(steps)), _MAX_PITCH_PX)
    return np.stack(
        [
            np.log(probability / (1 - probability)),
            np.minimum((white - np.median(white)) / pitch, 2.0),
            np.minimum(steps / pitch, 2.5),
        ],
        axis=1,
    ).astype(np.float32)


def ink_columns(gray: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which columns of a gray crop (H, W) hold ink, dark on light or light on dark: bool ``(W,)``."""
    _, light = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = light == (light.mean() < 0.5)  # there is less ink than paper
    ink[np.count_nonzero(ink, axis=1) > _RULE * ink.shape[1]] = False
    edge = int(len(gray) * _EDGE_SHARE)
    return np.asarray(ink[edge : len(gray) - edge].any(axis=0))


def white_between(ink: NDArray[np.bool_], centers_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find the widest stretch without ink between each two neighbouring characters.

    ink: bool ``(width,)``. centers_px: float32 ``(n,)``, ascending. Returns float32 ``(n - 1, 2)``, the left and the
    right end of each stretch; both are half-way between the characters where there is no white.
    """
    left, right = centers_px[:-1, None], centers_px[1:, None]
    padded = np.ones(len(ink) + 2, bool)
    padded[1:-1] = ink
    ends = np.flatnonzero(padded[1:] != padded[:-1]).astype(np.float32)
    stretches = np.clip(ends.reshape(1, -1, 2), left[:, :, None], right[:, :, None])
    # A stretch of no width half-way stands in for no white.
    middle = np.repeat((left + right) / 2, 2, axis=1)[:, None]
    stretches = np.concatenate([middle, stretches], axis=1)
    widest = (stretches[:, :, 1] - stretches[:, :, 0]).argmax(axis=1)
    return np.asarray(stretches[np.arange(len(stretches)), widest], np.float32)
