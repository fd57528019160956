"""Events to Kafka: one topic a type, CloudEvents in binary mode (Kafka protocol binding 1.0.2)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import DuplicateSequenceNumber, KafkaError, NoError, TopicAlreadyExistsError, for_code

from ocr_server.adapters.cloud_events import CONTENT_TYPE, CloudEvent, to_cloud_event
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.event import Event, EventType
from ocr_server.ports import Encode

_PUBLISH_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 2.0
_REQUEST_TIMEOUT_MS = 5_000
_RETRY_AFTER_S = 1.0
# Before compression: what is published in one call is mostly one batch a partition, kept or lost as a whole.
_BATCH_BYTES = 1_000_000
# Of a topic that is made here: enough for as many readers beside each other, and safe against the loss of a broker.
_PARTITIONS = 6
_REPLICAS = 3
_TOPICS = [type_.value for type_ in EventType]

log = structlog.get_logger()


class KafkaEvents:
    """Port ``EventPublisher``: a producer that is connected when first needed, and made anew when it breaks.

    It is idempotent, so what the producer itself sends again is in the topic once and in order. What it has not got rid
    of in time stays under way: publishing that again waits for it and does not send it twice.
    """

    def __init__(self, bootstrap: str, encode: Encode) -> None:
        """``bootstrap``: addresses of brokers to begin with, ``host:port``, separated by commas."""
        self._bootstrap = bootstrap
        self._encode = encode
        self._producer: Any = None
        self._one_at_a_time = asyncio.Lock()
        self._under_way: dict[str, asyncio.Future[Any]] = {}
        self._is_away = False

    async def close(self) -> None:
        """Close the connections; what is still under way has a moment to arrive, and is else for its sender to know."""
        async with self._one_at_a_time:
            await self._drop_producer()

    async def publish(self, events: Sequence[Event]) -> None:
        """See the port."""
        messages = [to_cloud_event(event, self._encode) for event in events]
        if not messages:
            return
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_PUBLISH_TIMEOUT_S):
                    sent = [await self._send(message) for message in messages]
                    await asyncio.wait(sent)  # unlike gather, it leaves them alone if time is up
                    for future in sent:
                        if future.result().offset < 0:
                            # The broker knows this sequence number but not where the message is. Most likely it is
                            # there; Tansu, killed between writing the one and the other, has lost it.
                            raise DuplicateSequenceNumber
            except (TimeoutError, KafkaError, OSError) as error:
                if not self._is_away:
                    log.warning("kafka.away", error=repr(error))
                self._is_away = True
                if not isinstance(error, TimeoutError):  # a producer that is merely late may go on trying
                    await self._drop_producer()
                raise DependencyUnavailable("Kafka takes no events.", retry_after_s=_RETRY_AFTER_S) from error
            if self._is_away:
                log.info("kafka.back")
            self._is_away = False

    async def _send(self, message: CloudEvent) -> asyncio.Future[Any]:
        """Hand the message to the producer, unless it still has it; the future ends when it is durable."""
        event_id = message.attributes["id"]
        if event_id in self._under_way:
            return self._under_way[event_id]
        if self._producer is None:
            self._producer = await self._connect()
        headers = {f"ce_{name}": value for name, value in message.attributes.items()} | {"content-type": CONTENT_TYPE}
        future: asyncio.Future[Any] = await self._producer.send(
            message.attributes["type"],
            message.data,
            key=message.key.encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
        self._under_way[event_id] = future
        future.add_done_callback(lambda ended: self._forget(event_id, ended))
        return future

    def _forget(self, event_id: str, ended: asyncio.Future[Any]) -> None:
        if self._under_way.get(event_id) is ended:  # and not that of a producer made since
            del self._under_way[event_id]
        if not ended.cancelled():
            ended.exception()  # seen, also where nobody waits any longer

    async def _connect(self) -> Any:
        await _make_missing_topics(self._bootstrap)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id="ocr-server",
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _drop_producer(self) -> None:
        """Close the producer, also one that waits for a broker: nothing it has left is sent behind our back."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await producer.stop()
        except (TimeoutError, KafkaError):
            # stop() waits for all to be sent, for as long as it takes; there is no public way to give up.
            with suppress(KafkaError):
                await producer._sender.close()
            await producer.client.close()
        self._under_way.clear()


async def _make_missing_topics(bootstrap: str) -> None:
    """Where this is not allowed, somebody else must make them: that is for the log, and sending tells the rest."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        brokers = len((await admin.describe_cluster())["brokers"])
        missing = [topic for topic in _TOPICS if topic not in there]
        made = [NewTopic(topic, _PARTITIONS, min(_REPLICAS, brokers)) for topic in missing]
        answer = await admin.create_topics(made) if made else None
        for topic, code, message in answer.topic_errors if answer else ():
            error = for_code(code)
            if error not in (NoError, TopicAlreadyExistsError):  # another replica may be at it as well
                log.warning("kafka.no_topic", topic=topic, why=message or error.__name__)
    finally:
        await admin.close()
