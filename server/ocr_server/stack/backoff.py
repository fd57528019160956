"""How long to wait before something that died is started again."""

_LONG_LIFE_S = 15.0
_FIRST_S = 0.5
_LONGEST_S = 4.0


class Backoff:
    """No wait after a long life or a first short one; after each further short life twice as long."""

    def __init__(self) -> None:
        self._short_lives = 0

    def after(self, lived_s: float) -> float:
        """The seconds to wait, after a life of ``lived_s``."""
        self._short_lives = 0 if lived_s >= _LONG_LIFE_S else self._short_lives + 1
        if self._short_lives < 2:
            return 0.0
        return float(min(_LONGEST_S, _FIRST_S * 2 ** (self._short_lives - 2)))
