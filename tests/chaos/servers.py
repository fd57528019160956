"""All real processes: the servers of others and ours, each of which comes back whenever it has died."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import asyncpg
import psutil

from ocr_server.adapters.production.postgres_migrations import migrate
from ocr_server.stack.child_process import HOST, ServerProcess, answers_http, free_port
from ocr_server.stack.kafka_process import run_kafka
from ocr_server.stack.part import Server
from ocr_server.stack.postgres_process import run_postgres
from ocr_server.stack.redis_process import run_redis
from ocr_server.stack.swift_process import run_swift
from tests.chaos.plan import SERVERS, WORKERS, Kill, Victim
from tests.swift_fixture import images_in

_REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = _REPOSITORY / ".venv-servers"
_START_S = 120.0
_END_S = 20.0
# What dies by itself, of poison, or finds no database at its start.
_DOWN_FOR_S = 0.1
_NO_RELAY_S = 10.0
_POLL_S = 0.1
# The one lock of the whole database that a process keeps: keys of two numbers (objsubid 2) are for transactions.
_RELAY = """
    SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
"""


class OcrProcess(ServerProcess):
    """One of ours, with stubbed models. command: serve or work, of the module. address: where a server takes calls."""

    def __init__(
        self, name: str, command: str, settings: Mapping[str, str], log_path: Path, module: str = "tests.chaos.process"
    ) -> None:
        port, metrics_port = free_port(), free_port()
        self.address = f"{HOST}:{port}"
        own = {"OCR_GRPC_LISTEN": self.address, "OCR_METRICS_LISTEN": f"{HOST}:{metrics_port}"}
        super().__init__(
            name,
            [sys.executable, "-m", module, command],
            b"",
            log_path,
            serves=partial(_listens, port) if command == "serve" else partial(answers_http, metrics_port, "/metrics"),
            error=RuntimeError,
            start_s=_START_S,
            end_s=_END_S,
            variables={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **settings, **own},
        )


@dataclass(slots=True)
class Immortal:
    """Whatever kills it, it is started again. is_up: whether it serves."""

    name: str
    server: Server
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    _down_for_s: float = _DOWN_FOR_S

    async def kill(self, down_for_s: float) -> None:
        """Kill it, once it is up."""
        await self.is_up.wait()
        self._down_for_s = down_for_s
        self.is_up.clear()
        await self.server.kill()

    async def keep(self) -> None:
        """Start it again whenever it has died, until cancelled."""
        self.is_up.set()
        while True:
            await self.server.wait()
            self.is_up.clear()
            await asyncio.sleep(self._down_for_s)
            self._down_for_s = _DOWN_FOR_S
            try:
                await self.server.start()
            except RuntimeError:  # one of ours, which ends when it finds no database at its start
                await self.server.kill()
            else:
                self.is_up.set()


@dataclass(slots=True)
class Stack:
    """All that runs. addresses: of our servers. kills: how many there were so far, by victim."""

    database_url: str
    kafka_bootstrap: str
    addresses: Sequence[str]
    parts: Mapping[Victim, Sequence[Immortal]]
    kills: Counter[Victim] = field(default_factory=Counter)

    async def kill(self, kill: Kill) -> None:
        """Kill what the plan says, of several alike one that is up; or else once it is."""
        if kill.victim is Victim.RELAY:
            part = await self._relay()
        else:
            up = [part for part in self.parts[kill.victim] if part.is_up.is_set()]
            alike = up or self.parts[kill.victim]
            part = alike[kill.which % len(alike)]
        await part.kill(kill.down_for_s)
        self.kills[kill.victim] += 1

    async def settle(self) -> None:
        """Wait until everything is up. Raises TimeoutError if that takes too long."""
        async with asyncio.timeout(_START_S):
            for alike in self.parts.values():
                for part in alike:
                    await part.is_up.wait()

    async def _relay(self) -> Immortal:
        """Whoever holds the lock of the outbox; soon after a kill that may be nobody for a moment."""
        ours = [*self.parts[Victim.SERVER], *self.parts[Victim.WORKER]]
        async with asyncio.timeout(_NO_RELAY_S):
            while True:
                await self.parts[Victim.POSTGRES][0].is_up.wait()
                ports = await _ports_of_relay(self.database_url)
                for part in ours:
                    if part.server.pid and ports & await asyncio.to_thread(_local_ports, part.server.pid):
                        return part
                await asyncio.sleep(_POLL_S)


@asynccontextmanager
async def run_stack(folder: Path, reads_for_s: tuple[float, float]) -> AsyncIterator[Stack]:
    """Start everything in the folder and keep it running until the block ends. reads_for_s: how long a line takes."""
    async with AsyncExitStack() as stack:
        postgres, redis, kafka, swift = [
            await stack.enter_async_context(launch(ENVIRONMENT, data_dir=folder / name))
            for name, launch in (
                ("postgres", run_postgres),
                ("redis", run_redis),
                ("kafka", run_kafka),
                ("swift", run_swift),
            )
        ]
        await migrate(postgres.url)
        settings = {
            "OCR_DATABASE_URL": postgres.url,
            "OCR_REDIS_URL": redis.url,
            "OCR_KAFKA_BOOTSTRAP": kafka.bootstrap,
            **images_in(swift),
            "OCR_DATA_DIR": str(folder / "data"),
            "READS_FOR_S": "{} {}".format(*reads_for_s),
        }

        async def start(name: str, command: str, **more: str) -> OcrProcess:
            process = OcrProcess(name, command, settings | more, folder / f"{name}.log")
            stack.push_async_callback(process.kill)
            await process.start()
            return process

        # One server works on jobs as well; the others have their cores for calls, as beside workers is usual.
        own = [{}, *[{"OCR_JOB_WORKERS": "0"}] * (SERVERS - 1)]
        starting = [start(f"server-{number}", "serve", **own[number]) for number in range(SERVERS)]
        starting += [start(f"worker-{number}", "work") for number in range(WORKERS)]
        ours = await asyncio.gather(*starting)
        alike: dict[Victim, list[Server]] = {
            Victim.SERVER: list(ours[:SERVERS]),
            Victim.WORKER: list(ours[SERVERS:]),
            Victim.REDIS: [redis],
            Victim.POSTGRES: [postgres],
            Victim.KAFKA: [kafka],
        }
        parts = {
            victim: [Immortal(f"{victim.value}-{number}", server) for number, server in enumerate(servers)]
            for victim, servers in alike.items()
        }
        addresses = [server.address for server in ours[:SERVERS]]
        async with asyncio.TaskGroup() as group:
            keeping = [group.create_task(part.keep(), name=part.name) for some in parts.values() for part in some]
            yield Stack(postgres.url, kafka.bootstrap, addresses, parts)
            for task in keeping:
                task.cancel()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True


async def _ports_of_relay(database_url: str) -> set[int]:
    try:
        connection = await asyncpg.connect(database_url, timeout=2.0)
        try:
            return {row["client_port"] for row in await connection.fetch(_RELAY, timeout=2.0)}
        finally:
            connection.terminate()
    except (OSError, asyncpg.PostgresError):
        return set()


def _local_ports(pid: int) -> set[int]:
    try:
        return {connection.laddr.port for connection in psutil.Process(pid).net_connections("tcp")}
    except psutil.NoSuchProcess:
        return set()
