"""A circuit breaker: while a server is known to be gone, nobody waits for it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ocr_server.domain.errors import DependencyUnavailable

_RETRY_AFTER_S = 1.0


class Unreachable(Exception):
    """The server did not answer at all."""


class Circuit:
    """Closed while a server answers; opens when it does not, and then lets one attempt through every second."""

    def __init__(self, server: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``server`` is its name in messages; ``clock`` tells seconds."""
        self._server = server
        self._clock = clock
        self._is_open = False
        self._is_tried = False
        self._try_at_s = 0.0

    @contextmanager
    def attempt(self) -> Iterator[bool]:
        """Run the block if the circuit lets it through; it is given whether this is a trial, after a failure.

        Raises DependencyUnavailable at once if it does not, and where the block raises Unreachable. Any other outcome
        but a cancellation means that the server has answered.
        """
        if self._is_open and (self._is_tried or self._clock() < self._try_at_s):
            raise self._unavailable()
        is_trial = self._is_tried = self._is_open
        try:
            yield is_trial
        except Unreachable as error:
            self._is_open, self._try_at_s = True, self._clock() + _RETRY_AFTER_S
            raise self._unavailable() from error
        except asyncio.CancelledError:
            raise
        except Exception:
            self._is_open = False
            raise
        else:
            self._is_open = False
        finally:
            if is_trial:
                self._is_tried = False

    def _unavailable(self) -> DependencyUnavailable:
        return DependencyUnavailable(f"{self._server} cannot be reached.", retry_after_s=_RETRY_AFTER_S)
