"""Levenshtein's distance: what character error rates count."""


def edit_distance(first: str, second: str) -> int:
    """The fewest characters to insert, delete or replace that make ``second`` of ``first``."""
    row = list(range(len(second) + 1))
    for index, left in enumerate(first, 1):
        diagonal, row[0] = row[0], index
        for place, right in enumerate(second, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (left != right))
    return row[-1]
