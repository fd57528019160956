"""The launcher against the real tritonserver, with a small model in place of ours."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tritonclient.grpc.aio import InferenceServerClient

from ocr_server.stack.child_process import free_port
from ocr_server.stack.environment import TritonStartError
from ocr_server.stack.triton_process import TritonProcess, run_triton
from tests.integration.processes import eventually, runs
from tests.integration.triton_echo import MODELS, ask, copy_of_models, shared_memory
from tests.triton_fixture import ENVIRONMENT


@pytest.fixture
async def echo(tmp_path: Path) -> AsyncIterator[TritonProcess]:
    async with run_triton(ENVIRONMENT, MODELS, log_path=tmp_path / "log") as process:
        await process.wait_ready()
        yield process


async def test_models_are_served_each_by_as_many_processes_as_its_config_asks_for(echo: TritonProcess) -> None:
    assert echo.models == ("echo",)
    stubs = echo.stubs()
    assert [(stub.model, stub.version) for stub in stubs] == [("echo", 1)] * 2
    async with InferenceServerClient(echo.url) as client:
        assert await ask(client, 7) in {stub.pid for stub in stubs}
    assert os.getpgid(echo.pid) == echo.pid, "Ctrl-C in a terminal must not reach it"


async def test_requests_in_flight_finish_and_nothing_is_left_when_the_block_ends(tmp_path: Path) -> None:
    async with run_triton(ENVIRONMENT, MODELS, log_path=tmp_path / "log") as process:
        await process.wait_ready()
        stubs = process.stubs()
        assert shared_memory(process.shared_memory_prefix)
        client = InferenceServerClient(process.url)
        asking = asyncio.create_task(ask(client, 1, sleep_ms=1500))
        await asyncio.sleep(0.5)
    assert await asking in {stub.pid for stub in stubs}
    await client.close()
    assert process.returncode == 0
    assert not any(runs(stub.pid) for stub in stubs)
    assert not shared_memory(process.shared_memory_prefix)


async def test_nothing_is_left_of_a_server_that_was_killed(tmp_path: Path) -> None:
    async with run_triton(ENVIRONMENT, MODELS, log_path=tmp_path / "log") as process:
        await process.wait_ready()
        stubs = process.stubs()
        assert shared_memory(process.shared_memory_prefix)
        async with InferenceServerClient(process.url) as client:
            asking = [asyncio.create_task(ask(client, number, sleep_ms=1000)) for number in range(8)]
            await asyncio.sleep(0.5)
            os.kill(process.pid, signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL
            outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert any(isinstance(outcome, Exception) for outcome in outcomes)
    await eventually(lambda: not any(runs(stub.pid) for stub in stubs), within_s=5)  # a killed process ends in a moment
    assert not shared_memory(process.shared_memory_prefix)


async def test_it_ends_in_order_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from ocr_server.stack.triton_process import run_triton

async def main():
    async with run_triton(Path({str(ENVIRONMENT)!r}), Path({str(MODELS)!r}), log_path=Path("log")) as process:
        await process.wait_ready()
        print(process.shared_memory_prefix)
        print(process.pid, *(stub.pid for stub in process.stubs()), flush=True)
        await process.wait()

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    prefix = (await parent.stdout.readline()).decode().strip()
    pids = [int(pid) for pid in (await parent.stdout.readline()).split()]
    assert len(pids) == 3
    assert all(runs(pid) for pid in pids)
    assert shared_memory(prefix)
    parent.kill()
    await parent.wait()
    await eventually(lambda: not any(runs(pid) for pid in pids), within_s=30)
    assert not shared_memory(prefix)


async def test_a_missing_environment_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(TritonStartError, match=r"no virtual environment .*/nowhere: .*setup-triton\.sh"):
        await _start(tmp_path, environment=tmp_path / "nowhere")


async def test_an_environment_without_triton_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(ENVIRONMENT / "bin/python")  # but no packages
    with pytest.raises(TritonStartError, match=r"nvidia-pytriton is not installed .*setup-triton\.sh"):
        await _start(tmp_path, environment=tmp_path)


async def test_a_repository_without_models_is_named(tmp_path: Path) -> None:
    with pytest.raises(TritonStartError, match=r"no model with a config\.pbtxt in"):
        await _start(tmp_path, repository=tmp_path)


async def test_a_model_that_does_not_load_is_told_in_tritons_own_words(tmp_path: Path) -> None:
    repository = copy_of_models(tmp_path)
    (repository / "echo/1/model.py").write_text("raise RuntimeError('the weights are gone')\n")
    with pytest.raises(TritonStartError, match="the weights are gone"):
        await _start(tmp_path, repository=repository)


async def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as other:
        port = other.getsockname()[1]
        with pytest.raises(TritonStartError, match=f"port {port} is in use"):
            await _start(tmp_path, grpc_port=port)
    assert not (tmp_path / "log").exists()


async def _start(
    folder: Path, *, environment: Path = ENVIRONMENT, repository: Path = MODELS, grpc_port: int = 0
) -> None:
    async with run_triton(environment, repository, log_path=folder / "log", grpc_port=grpc_port) as process:
        await process.wait_ready()
