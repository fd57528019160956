"""The launcher of Swift: started, killed, started again, and nothing left of it."""

import os
import socket
import stat
from pathlib import Path

import psutil
import pytest

from ocr_server.stack.swift_process import SwiftStartError, run_swift
from tests.integration.processes import eventually, files_in, pids_of_a_killed_callers_server, runs
from tests.swift_fixture import ENVIRONMENT, open_bucket


async def test_it_serves_once_the_block_begins_and_is_gone_when_it_ends(tmp_path: Path) -> None:
    async with run_swift(ENVIRONMENT, data_dir=tmp_path / "swift") as swift:
        pid = swift.pid
        assert pid
        assert os.getpgid(pid) == pid, "Ctrl-C in a terminal must not reach it"
        async with open_bucket(swift) as blobs:
            await blobs.put("shop-a", b"image")
        assert {connection.laddr.ip for connection in psutil.Process(pid).net_connections()} == {"127.0.0.1"}
    assert not runs(pid)
    assert swift.pid is None


async def test_what_it_keeps_outlives_it_and_is_its_owners_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "swift"
    async with run_swift(ENVIRONMENT, data_dir=data_dir) as first, open_bucket(first, "images") as blobs:
        digest = await blobs.put("shop-a", b"image")
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    async with run_swift(ENVIRONMENT, data_dir=data_dir) as second, open_bucket(second, "images") as blobs:
        assert second.secret_key != first.secret_key
        assert await blobs.get("shop-a", digest) == b"image"


async def test_the_secret_is_in_no_list_of_processes_and_no_file(tmp_path: Path) -> None:
    async with run_swift(ENVIRONMENT, data_dir=tmp_path) as swift, open_bucket(swift) as blobs:
        await blobs.put("shop-a", b"image")
        assert swift.secret_key not in repr(swift)
        process = psutil.Process(swift.pid)
        assert swift.secret_key not in " ".join([*process.cmdline(), *process.environ().values()])
    files = files_in(tmp_path)
    assert tmp_path / "swift.log" in files
    assert not [path for path, content in files.items() if swift.secret_key.encode() in content]


async def test_it_ends_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    (pid,) = await pids_of_a_killed_callers_server(run_swift, ENVIRONMENT, tmp_path)
    await eventually(lambda: not runs(pid), within_s=10)


async def test_an_environment_without_swift_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SwiftStartError, match=r"no Swift in .*: `sh tools/setup-servers.sh` installs it"):
        async with run_swift(tmp_path):
            pass


async def test_a_port_in_use_is_an_error_that_says_so(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(SwiftStartError, match="Address already in use"),
    ):
        async with run_swift(ENVIRONMENT, data_dir=tmp_path, port=taken.getsockname()[1]):
            pass
