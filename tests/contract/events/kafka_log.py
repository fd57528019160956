"""Kafka as an EventLog, read as any consumer would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from ocr_server.adapters.cloud_events import CloudEvent
from ocr_server.adapters.production.kafka_events import KafkaEvents
from ocr_server.domain.event import EventType
from ocr_server.ports import EventPublisher
from ocr_server.wire.events import encode_event

_SILENCE_MS = 1500


@dataclass(frozen=True, slots=True)
class KafkaLog:
    bootstrap: str

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[EventPublisher]:
        events = KafkaEvents(self.bootstrap, encode_event)
        try:
            yield events
        finally:
            await events.close()

    async def read(self, tenant: str) -> list[CloudEvent]:
        return [event for event in map(to_cloud_event, await self.records()) if event.attributes["tenant"] == tenant]

    async def records(self) -> list[Any]:
        """Everything in the topics, up to where nothing more comes."""
        found: list[Any] = []
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
            topics = [type_.value for type_ in EventType]
            there = [TopicPartition(topic, number) for topic in topics for number in await _partitions(consumer, topic)]
            if not there:  # nobody has published yet
                return found
            consumer.assign(there)
            await consumer.seek_to_beginning()
            while batch := await consumer.getmany(timeout_ms=_SILENCE_MS):
                found += [record for records in batch.values() for record in records]
        return found


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.force_metadata_update()
    return consumer.partitions_for_topic(topic) or set()


def to_cloud_event(record: Any) -> CloudEvent:
    headers = {name: value.decode() for name, value in record.headers}
    attributes = {name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")}
    return CloudEvent(attributes, record.key.decode(), record.value)
