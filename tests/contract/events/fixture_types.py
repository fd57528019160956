"""Types of this folder's fixtures."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ocr_server.adapters.cloud_events import CloudEvent
from ocr_server.domain.job import Job
from ocr_server.ports import EventPublisher

MakeJob = Callable[..., Job]


class EventLog(Protocol):
    """Where events go, and can be read from."""

    def publisher(self) -> AbstractAsyncContextManager[EventPublisher]:
        """Open a publisher as a starting process would."""
        ...

    async def read(self, tenant: str) -> list[CloudEvent]:
        """Return all of a tenant's events, those of one type and key in order, repetitions included."""
        ...
