"""What a BCP 47 tag tells of a language's letters."""

# Primary tags of languages that are written in other letters, as far as receipts and labels are printed in them.
_NOT_IN_LATIN = frozenset(
    [
        *("am", "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko", "ky"),
        *("lo", "mk", "ml", "mn", "mr", "my", "ne", "pa", "ps", "ru", "si", "sr", "ta", "te", "tg", "th", "uk", "ur"),
        *("yi", "yue", "zh"),
    ]
)


def is_written_in_latin(tag: str) -> bool:
    """Whether text in this language is in Latin letters: by the tag's script where it names one (``sr-Latn``)."""
    language, *subtags = tag.lower().split("-")
    scripts = [subtag for subtag in subtags if len(subtag) == 4 and subtag.isalpha()]
    return scripts[0] == "latn" if scripts else language not in _NOT_IN_LATIN
