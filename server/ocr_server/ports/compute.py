"""The socket for CPU work, and when an answer is wanted."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# When the answer is no longer wanted, on the running loop's clock. Whoever waits stops by itself then: this is for
# adapters that can tell a server how long to work for.
deadline_s: ContextVar[float | None] = ContextVar("deadline_s", default=None)


def remaining_s() -> float | None:
    """How long from now the answer is wanted, None if that is not bounded."""
    until_s = deadline_s.get()
    return None if until_s is None else until_s - asyncio.get_running_loop().time()


class Compute(Protocol):
    """Where CPU work runs, so that it never blocks the event loop: one bounded pool for the whole process."""

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on a pool thread and return its result; its exceptions pass through.

        If the awaiting task is cancelled, work that has not started never starts, and work that has started
        finishes unheard; so units of work are kept short.
        """
        ...
