"""The relay: takes what ended jobs have put into the outbox to whoever listens."""

import asyncio
from collections.abc import Callable

import structlog

from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.event import Event
from ocr_server.ports import EventPublisher, Outbox

# One batch of the broker, mostly; more would only be published again whenever a relay dies.
_AT_A_TIME = 100
# Nobody waits for an event as a watcher does for its job; and many at a time cost little more than one.
_LOOK_AGAIN_S = 0.2
_AFTER_A_FAULT_S = 1.0

log = structlog.get_logger()


class Relay:
    """At least once: published, then taken out; killed in between, it is published again with the same event id.

    Any number of processes may run one each; one at a time publishes. observe: is told how many were published.
    """

    def __init__(
        self, outbox: Outbox, publisher: EventPublisher, observe: Callable[[int], None] = lambda published: None
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._observe = observe

    async def run(self) -> None:
        """Publish until cancelled. While the broker is away, events wait."""
        while True:
            try:
                async with self._outbox.sole_reader():
                    while True:
                        if await self.publish_some() < _AT_A_TIME:
                            await asyncio.sleep(_LOOK_AGAIN_S)
            except DependencyUnavailable as error:  # whose adapter has said so
                await asyncio.sleep(error.retry_after_s)
            except Exception:  # whatever it was, events must not wait for ever
                log.exception("relay_failed")
                await asyncio.sleep(_AFTER_A_FAULT_S)

    async def publish_some(self) -> int:
        """Publish the oldest events and return how many. Raises DependencyUnavailable."""
        events = await self._outbox.unpublished(limit=_AT_A_TIME)
        if events:
            try:
                await self._publisher.publish(events)
            except ValueError:  # one of them is what no broker would take
                for event in events:
                    await self._publish_alone(event)
            await self._outbox.mark_published(events)
            self._observe(len(events))
        return len(events)

    async def _publish_alone(self, event: Event) -> None:
        try:
            await self._publisher.publish([event])
        except ValueError as error:  # the result is in the store, and others must not wait behind it for ever
            log.error("event_unpublishable", event_id=event.event_id, type=event.type.value, why=str(error))
