"""Reads what the OCR server publishes, and tells each thing once.

    python examples/consume_events.py --kafka broker:9092      from Kafka, in a consumer group
    python examples/consume_events.py --log .ocr/events.db     from the log that a server without Kafka keeps

Events come at least once: a server or a broker that dies in the wrong moment sends some again, under the same ``id``.
So the ids are remembered, in the same transaction as what is done with the event. Here that is a line on the screen; in
a shop it is a row in its own database, and the table of ids is in that database too. Then nothing is done twice.
"""

import argparse
import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from aiokafka import AIOKafkaConsumer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from ocr_server._pb.ocr.events.v1 import document_events_pb2, inventory_events_pb2, product_events_pb2, usage_events_pb2

MESSAGES: Mapping[str, type[Message]] = {
    "ocr.document.completed": document_events_pb2.DocumentCompleted,
    "ocr.document.failed": document_events_pb2.DocumentFailed,
    "ocr.product.upserted": product_events_pb2.ProductUpserted,
    "ocr.inventory.bulk-updated": inventory_events_pb2.InventoryBulkUpdated,
    "ocr.usage.recorded": usage_events_pb2.UsageRecorded,
}
POLL_S = 0.5


class Memory:
    """The ids of the events that were dealt with."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path)
        self.database.execute("CREATE TABLE IF NOT EXISTS seen (event_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")

    def deal_once(self, attributes: Mapping[str, str], data: bytes) -> None:
        """Deal with an event unless that was done before: both in one transaction, so a crash leaves all or nothing."""
        with self.database:
            insert = "INSERT INTO seen VALUES (?) ON CONFLICT DO NOTHING"
            if self.database.execute(insert, (attributes["id"],)).rowcount:
                deal(attributes, data)


def deal(attributes: Mapping[str, str], data: bytes) -> None:
    """Whatever your shop does with it."""
    if message_type := MESSAGES.get(attributes["type"]):  # a newer server may tell more than we know of
        said = MessageToDict(message_type.FromString(data), preserving_proto_field_name=True)
        print(attributes["type"], attributes["tenant"], json.dumps(said, ensure_ascii=False), flush=True)


async def from_kafka(bootstrap: str, group: str, memory: Memory) -> None:
    """Read on for good. Offsets are committed after the work, so that a crash repeats events and skips none."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    consumer.subscribe(pattern=r"^ocr\..*")
    async with consumer:
        while True:
            batches = await consumer.getmany(timeout_ms=int(POLL_S * 1000))
            for record in (record for records in batches.values() for record in records):
                # CloudEvents, binary mode: the attributes are headers named ce_…, the value is the data.
                attributes = {name.removeprefix("ce_"): value.decode() for name, value in record.headers}
                memory.deal_once(attributes, record.value)
            if batches:
                await consumer.commit()


async def from_log(path: Path, memory: Memory) -> None:
    """Read on for good. The position would do in place of ids here: each event is in the log once."""
    async for attributes, data in follow(path):
        memory.deal_once(attributes, data)


async def follow(path: Path) -> AsyncIterator[tuple[Mapping[str, str], bytes]]:
    """Yield what is in the log, then what comes."""
    last = 0
    select = "SELECT position, attributes, data FROM events WHERE position > ? ORDER BY position"
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as log:
        while True:
            for position, attributes, data in log.execute(select, (last,)).fetchall():
                yield json.loads(attributes), data
                last = position
            await asyncio.sleep(POLL_S)


def main() -> None:
    """Do what the command line says, until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--kafka", metavar="HOST:PORT", help="brokers to begin with, separated by commas")
    source.add_argument("--log", type=Path, metavar="FILE", help="the server's log of events")
    parser.add_argument("--group", default="example", help="the consumer group; its members share the partitions")
    parser.add_argument("--seen", default="seen.db", metavar="FILE", help="where the ids are remembered")
    arguments = parser.parse_args()
    memory = Memory(arguments.seen)
    reading = (
        from_kafka(arguments.kafka, arguments.group, memory) if arguments.kafka else from_log(arguments.log, memory)
    )
    asyncio.run(reading)


if __name__ == "__main__":
    main()
