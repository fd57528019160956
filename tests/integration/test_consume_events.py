"""The example reads what was published, and tells each thing once however often it comes."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ocr_server.adapters.embedded.sqlite_events import SqliteEvents
from ocr_server.adapters.production.kafka_events import KafkaEvents
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.event import Event, events_of
from ocr_server.domain.job import Job, JobState
from ocr_server.stack.kafka_process import run_kafka
from ocr_server.wire.events import encode_event
from tests.kafka_fixture import ENVIRONMENT
from tests.unit.grpc_api.domain_values import AT, RECOGNITION

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "consume_events.py"
SILENCE_S = 3.0


def events_of_job(number: int) -> tuple[Event, ...]:
    job_id = f"00000000-0000-4000-8000-{number:012}"
    options = RecognizeOptions()
    job = Job(job_id, "shop-a", JobState.SUCCEEDED, options, "ab" * 32, AT, ended_at=AT, recognition=RECOGNITION)
    return events_of(job)


async def consume(arguments: Sequence[str], *, lines: int) -> list[str]:
    """Run the example until it has said so much, and a while longer; return what it said."""
    process = await asyncio.create_subprocess_exec(sys.executable, EXAMPLE, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    said: list[str] = []
    try:
        async with asyncio.timeout(30):
            while len(said) < lines:
                said.append((await process.stdout.readline()).decode())
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                while line := await process.stdout.readline():
                    said.append(line.decode())
    finally:
        process.kill()
        await process.wait()
    return said


async def test_from_kafka_each_event_is_told_once_also_after_the_consumer_was_killed(tmp_path: Path) -> None:
    async with run_kafka(ENVIRONMENT) as broker:
        arguments = ["--kafka", broker.bootstrap, "--seen", str(tmp_path / "seen.db"), "--group"]
        for _ in range(2):  # two relays, neither of which knows how far the other one came
            events = KafkaEvents(broker.bootstrap, encode_event)
            await events.publish(events_of_job(1) + events_of_job(2))
            await events.close()
        said = await consume([*arguments, "first"], lines=4)
        events = KafkaEvents(broker.bootstrap, encode_event)
        await events.publish(events_of_job(3))
        await events.close()
        # Another group: Kafka sends all of it again, and only the memory tells.
        said_later = await consume([*arguments, "second"], lines=2)
    assert sorted(line.split()[0] for line in said) == ["ocr.document.completed"] * 2 + ["ocr.usage.recorded"] * 2
    assert sorted(line.split()[0] for line in said_later) == ["ocr.document.completed", "ocr.usage.recorded"]
    assert '"total": {"mention_text": "TOTAL 12,50"' in "".join(said)
    assert '"amount": "12.50"' in "".join(said)


async def test_from_the_log_each_event_is_told_once(tmp_path: Path) -> None:
    events = await SqliteEvents.open(tmp_path / "events.db", encode_event)
    await events.publish(events_of_job(1))
    arguments = ["--log", str(tmp_path / "events.db"), "--seen", str(tmp_path / "seen.db")]
    said = await consume(arguments, lines=2)
    await events.publish(events_of_job(1) + events_of_job(2))
    said_later = await consume(arguments, lines=2)
    await events.close()
    assert [line.split()[:2] for line in said] == [
        ["ocr.document.completed", "shop-a"],
        ["ocr.usage.recorded", "shop-a"],
    ]
    assert "000000000002" in said_later[0]
    assert len(said_later) == 2
