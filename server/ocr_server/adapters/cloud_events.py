"""Events in the terms of CloudEvents 1.0 (https://cloudevents.io), as every log of them keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from ocr_server.domain.event import Event
from ocr_server.ports import Encode

CONTENT_TYPE = "application/protobuf"
_SOURCE = "/ocr-server"
# What Kafka takes as a message, 1 MiB unless configured, less room for the attributes.
_MAX_DATA_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """An event ready to be sent.

    attributes: those of the specification but for the content type, and ``tenant``, an extension.
    key: of events with the same type and key the order is kept.
    """

    attributes: Mapping[str, str]
    key: str
    data: bytes


def to_cloud_event(event: Event, encode: Encode) -> CloudEvent:
    """Raises ValueError for an event that is too large for Kafka."""
    data = encode(event)
    if len(data) > _MAX_DATA_BYTES:
        raise ValueError(f"event {event.event_id} ({event.type.value}) has {len(data)} bytes, over {_MAX_DATA_BYTES}")
    attributes = {
        "specversion": "1.0",
        "id": event.event_id,
        "source": _SOURCE,
        "type": event.type.value,
        "subject": event.subject,
        "time": event.time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z",
        "tenant": event.tenant,
    }
    return CloudEvent(attributes, event.key, data)
