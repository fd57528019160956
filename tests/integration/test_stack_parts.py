"""The parts of the full stack, each a real server: watched, started again, and ended as one."""

import os
import signal
from pathlib import Path

import asyncpg
import psutil
import pytest

from ocr_server.stack import probes
from ocr_server.stack.kafka_process import KafkaStartError, run_kafka
from ocr_server.stack.keeper import Keeper, keeping
from ocr_server.stack.part import Health, Part
from ocr_server.stack.redis_process import RedisProcess, run_redis
from ocr_server.stack.servers import start_servers
from tests.integration.processes import eventually, runs
from tests.redis_fixture import ENVIRONMENT

BACK_WITHIN_S = 30


async def kept_redis(keeper: Keeper, folder: Path) -> RedisProcess:
    opening = run_redis(ENVIRONMENT, data_dir=folder)
    return await keeper.keep("Redis", opening, url=lambda server: server.url, probe=probes.ask_redis)


async def test_all_of_them_start_keep_their_data_and_leave_nothing_running(tmp_path: Path) -> None:
    pids: list[int | None] = []
    for number in (1, 2):
        parts: list[Part] = []
        async with keeping(parts) as keeper:
            servers = await start_servers(keeper, ENVIRONMENT, tmp_path, triton=None)
            for part in parts:
                await part.has_been_up.wait()
            pids += [part.pid for part in parts]
            connection = await asyncpg.connect(servers.postgres.url)
            try:
                await connection.execute("CREATE TABLE IF NOT EXISTS starts (number integer)")
                await connection.execute("INSERT INTO starts VALUES ($1)", number)
                assert await connection.fetchval("SELECT count(*) FROM starts") == number
            finally:
                await connection.close()
    assert [part.version.split()[0] for part in parts] == ["PostgreSQL", "Valkey", "Swift", "Tansu"]
    assert all(part.version.split()[1][0].isdigit() for part in parts)
    assert not any(runs(pid) for pid in pids if pid)
    assert len(set(pids)) == 8


async def test_a_part_that_dies_is_down_and_comes_back_where_it_was(tmp_path: Path) -> None:
    parts: list[Part] = []
    async with keeping(parts) as keeper:
        redis = await kept_redis(keeper, tmp_path)
        [part] = parts
        await part.has_been_up.wait()
        address, pid = part.address, part.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: part.health is Health.DOWN, within_s=5)
        await eventually(lambda: part.health is Health.UP, within_s=BACK_WITHIN_S)
        assert (part.address, part.pid, part.restarts) == (address, redis.pid, 1)
        assert part.pid != pid
        assert not part.why


async def test_a_part_that_hangs_is_down_until_it_answers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_server.stack.part._ANSWER_TIMEOUT_S", 0.5)
    parts: list[Part] = []
    async with keeping(parts) as keeper:
        redis = await kept_redis(keeper, tmp_path)
        [part] = parts
        await part.has_been_up.wait()
        assert redis.pid
        os.kill(redis.pid, signal.SIGSTOP)
        try:
            await eventually(lambda: part.health is Health.DOWN, within_s=BACK_WITHIN_S)
            assert part.why == "no answer in 0.5 s"
        finally:
            os.kill(redis.pid, signal.SIGCONT)
        await eventually(lambda: part.health is Health.UP, within_s=BACK_WITHIN_S)
        assert part.restarts == 0


async def test_a_broker_is_started_again_also_if_only_its_store_has_died(tmp_path: Path) -> None:
    parts: list[Part] = []
    async with keeping(parts) as keeper:
        opening = run_kafka(ENVIRONMENT, data_dir=tmp_path)
        await keeper.keep("Kafka", opening, url=lambda server: server.bootstrap, probe=probes.ask_kafka)
        [part] = parts
        await part.has_been_up.wait()
        # The command line of the store names its folder.
        [store] = [
            child for child in psutil.Process().children() if any(str(tmp_path) in word for word in child.cmdline())
        ]
        store.kill()
        await eventually(lambda: part.restarts == 1 and part.health is Health.UP, within_s=BACK_WITHIN_S)


async def test_no_password_is_shown(tmp_path: Path) -> None:
    parts: list[Part] = []
    async with keeping(parts) as keeper:
        redis = await kept_redis(keeper, tmp_path)
        assert f"@{parts[0].address}/" in redis.url
        assert parts[0].address.startswith("127.0.0.1:")


async def test_one_that_cannot_start_ends_them_all(tmp_path: Path) -> None:
    pids: list[int | None] = []

    async def stack() -> None:
        async with keeping([]) as keeper:
            pids.append((await kept_redis(keeper, tmp_path / "redis")).pid)
            opening = run_kafka(tmp_path / "nowhere")
            await keeper.keep("Kafka", opening, url=lambda server: server.bootstrap, probe=probes.ask_kafka)
            pytest.fail("it cannot have started")

    with pytest.RaisesGroup(pytest.RaisesExc(KafkaStartError, match=r"setup-servers\.sh")):
        await stack()
    assert not any(runs(pid) for pid in pids if pid)
