"""What tests of launchers share: whether something still runs, and a caller of a launcher that is killed."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

_RUN_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from ocr_server.stack.{module} import {launcher}

async def main():
    async with {launcher}(Path(sys.argv[1]), data_dir=Path(sys.argv[2])) as server:
        print({pids}, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def pids_of_a_killed_callers_server(
    launcher: Callable[..., object], environment: Path, folder: Path, pids: str = "server.pid"
) -> list[int]:
    """Let another process run a server, and kill that one; return which processes the server had.

    pids: an expression, or several, that the caller prints of its ``server``.
    """
    module = launcher.__module__.rpartition(".")[2]
    program = _RUN_UNTIL_KILLED.format(module=module, launcher=launcher.__name__, pids=pids)
    caller = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(environment), str(folder)), stdout=asyncio.subprocess.PIPE
    )
    assert caller.stdout
    found = [int(pid) for pid in (await caller.stdout.readline()).split()]
    assert found
    assert all(map(runs, found))
    caller.kill()
    await caller.wait()
    return found


def runs(pid: int) -> bool:
    """Whether the process is there, and not only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def eventually(holds: Callable[[], bool], *, within_s: float) -> None:
    """Wait until it holds; fail if it does not in time."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, f"not within {within_s} s"
        await asyncio.sleep(0.05)


def files_in(folder: Path) -> dict[Path, bytes]:
    """All files below the folder, with their content."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
