"""Lists of words as regular expressions, for rules that know many languages."""


def any_word(words: str) -> str:
    """Return a pattern that matches any of the words, with no letter directly before or behind.

    words: lower or upper case, separated by blanks, each a regular expression; ``_`` stands for a blank that
    may be missing, because recognizers drop some.
    """
    return r"(?<![^\W\d_])(?:" + "|".join(words.replace("_", r"\s?").split()) + r")(?![^\W\d_])"
