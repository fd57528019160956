"""How far two texts are apart."""

import numpy as np


def edit_distance(first: str, second: str) -> int:
    """Return the fewest characters to insert, delete or replace between two texts (Levenshtein 1966).

    One row of the table of Wagner and Fischer (1974) at a time: row ``i`` holds the distances from the first ``i``
    characters of the shorter text to all beginnings of the longer one.
    """
    shorter, longer = sorted((first, second), key=len)
    other = np.array([ord(character) for character in longer], dtype=np.int64)
    columns = np.arange(len(longer) + 1)
    row = columns
    for i, character in enumerate(shorter, 1):
        replaced_or_deleted = np.minimum(row[:-1] + (other != ord(character)), row[1:] + 1)
        # Inserting adds 1 a column, so the best start to insert from is a running minimum of what lies above a slope.
        row = np.minimum.accumulate(np.concatenate([[i], replaced_or_deleted]) - columns) + columns
    return int(row[-1])
