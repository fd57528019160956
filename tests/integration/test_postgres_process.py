"""The launcher of PostgreSQL."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from ocr_server.stack.postgres_process import PostgresProcess, PostgresStartError, run_postgres
from tests.postgres_fixture import ENVIRONMENT


async def value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_what_was_committed_survives_kills_and_the_next_run(tmp_path: Path) -> None:
    async with run_postgres(ENVIRONMENT, data_dir=tmp_path / "data") as postgres:
        await value(postgres.url, "CREATE TABLE kept (number int)")
        for number in range(2):
            await value(postgres.url, f"INSERT INTO kept VALUES ({number})")
            first_pid = postgres.pid
            await postgres.kill()
            with pytest.raises(OSError, match="Connect call failed"):
                await asyncpg.connect(postgres.url)
            await postgres.start()
            assert postgres.pid != first_pid
    async with run_postgres(ENVIRONMENT, data_dir=tmp_path / "data") as again:
        assert await value(again.url, "SELECT count(*) FROM kept") == 2
        assert await value(again.url, "SHOW fsync") == "on"


async def test_it_wants_its_password_and_does_not_run_as_root(postgres: PostgresProcess) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url, password="another")
    assert psutil.Process(postgres.pid).uids().real != 0


async def test_an_environment_without_it_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(PostgresStartError, match="setup-servers"):
        async with run_postgres(tmp_path):
            pass


async def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PostgresStartError, match="in use"):
        async with run_postgres(ENVIRONMENT, port=taken.getsockname()[1]):
            pass


async def test_it_ends_when_its_caller_is_killed(tmp_path: Path) -> None:
    code = f"""if True:
        import asyncio
        from pathlib import Path
        from ocr_server.stack.postgres_process import run_postgres
        async def main():
            async with run_postgres(Path({str(ENVIRONMENT)!r}))  as postgres:
                print(postgres.pid, flush=True)
                await asyncio.sleep(600)
        asyncio.run(main())"""
    caller = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", code],
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},  # its temporary folder outlives it
    )
    assert caller.stdout
    postgres = psutil.Process(int(await caller.stdout.readline()))
    os.kill(caller.pid, signal.SIGKILL)
    await caller.wait()
    await asyncio.to_thread(psutil.wait_procs, [postgres], timeout=20)
    assert not postgres.is_running() or postgres.status() == psutil.STATUS_ZOMBIE
