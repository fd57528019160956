"""A log of events in one SQLite file, for a laptop: what would go to Kafka, to be read by whoever likes to."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiosqlite

from ocr_server.adapters.cloud_events import CloudEvent, to_cloud_event
from ocr_server.adapters.embedded.private_folder import make_private
from ocr_server.domain.event import Event
from ocr_server.ports import Encode

# AUTOINCREMENT: a position is never used again, so a reader may go on from the last one it saw.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id   TEXT NOT NULL UNIQUE,
    attributes TEXT NOT NULL,          -- JSON: the attributes of CloudEvents
    key        TEXT NOT NULL,
    data       BLOB NOT NULL
) STRICT;
"""


class SqliteEvents:
    """Port ``EventPublisher``; an event that is published again is in the log once."""

    def __init__(self, connection: aiosqlite.Connection, encode: Encode) -> None:
        self._connection = connection
        self._encode = encode

    @classmethod
    async def open(cls, path: Path, encode: Encode) -> "SqliteEvents":
        """Open or make the file and its folder."""
        make_private(path.parent)
        connection = await aiosqlite.connect(path, isolation_level=None)
        # FULL: in WAL mode that makes each commit survive a power cut, not just a crash of the process.
        await connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _SCHEMA)
        return cls(connection, encode)

    async def close(self) -> None:
        """Close the file."""
        await self._connection.close()

    async def publish(self, events: Sequence[Event]) -> None:
        """See the port."""
        logged = [to_cloud_event(event, self._encode) for event in events]
        # One statement, so that all of them are in the log or none.
        rows = ", ".join(["(?, ?, ?, ?)"] * len(logged))
        values = [
            value
            for event in logged
            for value in (event.attributes["id"], json.dumps(event.attributes), event.key, event.data)
        ]
        if logged:
            insert = "INSERT INTO events (event_id, attributes, key, data) VALUES " + rows
            await self._connection.execute(f"{insert} ON CONFLICT (event_id) DO NOTHING", values)

    async def replay(self, *, after: int = 0) -> AsyncIterator[tuple[int, CloudEvent]]:
        """Yield the events after this position, each with its own, in the order in which they were published."""
        select = "SELECT position, attributes, key, data FROM events WHERE position > ? ORDER BY position"
        async with self._connection.execute(select, (after,)) as rows:
            async for position, attributes, key, data in rows:
                yield position, CloudEvent(json.loads(attributes), key, data)
