"""Structured concurrency whose failures stay themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """Open a TaskGroup that raises its first failure as it is, not wrapped in an ExceptionGroup.

    Callers map errors by their class; the other tasks were cancelled and have nothing to add.
    """
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
