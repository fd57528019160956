"""The socket for events. Its docstring is a contract that both adapters keep, embedded and production."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ocr_server.domain.event import Event

# An event's data as bytes, in the message of protos/ocr/events that its type names.
Encode = Callable[[Event], bytes]


class EventPublisher(Protocol):
    """Tells other systems what happened: at least once, as CloudEvents 1.0 that carry protobuf."""

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish in this order; once this returns, all of them are durable.

        Raises DependencyUnavailable while the broker is away, and finds it again by itself; ValueError for an event
        that no broker would take. Then some may have been published: publish all of them again. Readers tell by the
        event id what they have seen, and events of one type and key keep their order.
        """
        ...
