"""Where on the line each written token stands."""

from difflib import SequenceMatcher
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from ocr_models.trocr.columns import ColumnReading
from ocr_models.trocr.writing import Writing

# Beside what a token looks at lies a little everywhere else; squared, it no longer draws the center away.
_SHARPNESS = 2


def column_centers(writing: Writing, seen: ColumnReading) -> NDArray[np.float32]:
    """Centers ``(n,)`` of the written tokens, in columns from the left, never descending.

    Tokens that the dense head sees as well stand where it sees them; the others where the decoder looked.
    """
    if np.array_equal(writing.tokens, seen.tokens):
        return seen.centers
    centers = attention_centers(writing)
    matcher = SequenceMatcher(None, writing.tokens.tolist(), seen.tokens.tolist(), autojunk=False)
    for block in matcher.get_matching_blocks():
        centers[block.a : block.a + block.size] = seen.centers[block.b : block.b + block.size]
    return _ascending(centers)


def attention_centers(writing: Writing) -> NDArray[np.float32]:
    """Centers ``(n,)`` of what each token looked at, in columns from the left, never descending."""
    return _ascending(centroids(writing.attention))


def grid_centers(writing: Writing) -> NDArray[np.float32]:
    """Centers ``(n,)`` of tokens that looked at a square grid of patches: 0 to 1 of its width, never descending."""
    side = isqrt(writing.attention.shape[1])
    patches = writing.attention[:, -side * side :].reshape(-1, side, side)
    return _ascending(_centers_of_mass(patches.sum(axis=1)) / np.float32(side))


def shared_centers(centers: NDArray[np.float32], token_at: NDArray[np.intp]) -> NDArray[np.float32]:
    """Centers of characters, from those of tokens ``(n,)`` and the token of each character ``(m,)``, ascending.

    A token reaches half-way to its neighbours; its characters stand in it side by side.
    """
    if (np.diff(token_at) > 0).all():
        return centers[token_at]
    _, which, counts = np.unique(token_at, return_inverse=True, return_counts=True)
    middles = (centers[1:] + centers[:-1]) / 2
    ends = np.append(middles, 2 * centers[-1] - (middles[-1] if len(middles) else centers[-1]))
    starts = np.append(2 * centers[0] - (middles[0] if len(middles) else centers[0]), middles)
    place = np.arange(len(token_at)) - (np.cumsum(counts) - counts)[which]
    share = (place + 0.5) / counts[which]
    return np.asarray(starts[token_at] + share * (ends - starts)[token_at], np.float32)


def centroids(attention: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where tokens looked, ``(n,)`` in columns from the left; attention: ``(n, S)``."""
    # The first of the encoder's tokens stands for the whole image.
    return _centers_of_mass(attention[:, 1:])


def _centers_of_mass(attention: NDArray[np.float32]) -> NDArray[np.float32]:
    weights = attention**_SHARPNESS + np.float32(1e-12)
    places = np.arange(attention.shape[1], dtype=np.float32) + np.float32(0.5)
    return np.asarray(weights @ places / weights.sum(axis=1), np.float32)


def _ascending(centers: NDArray[np.float32]) -> NDArray[np.float32]:
    """The nearest that never descends, between the lowest and the highest such sequence: an outlier moves few."""
    lowest = np.minimum.accumulate(centers[::-1])[::-1]
    return np.asarray((np.maximum.accumulate(centers) + lowest) / 2, np.float32)
