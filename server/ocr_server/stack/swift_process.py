"""One Swift (``swift_server.py``), an S3 server for tests and for a stack on one machine, as a child process."""

import asyncio
import json
import os
import secrets
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

from ocr_server.stack.triton_process import free_port

_HOST = "127.0.0.1"
_SERVER = Path(__file__).with_name("swift_server.py")
# An account of Swift and a user in it, as one name.
_ACCESS_KEY = "ocr:server"
_REGION = "us-east-1"
_START_S = 60.0
_END_S = 5.0
_POLL_S = 0.05
_POLL_TIMEOUT_S = 1.0


class SwiftStartError(RuntimeError):
    """Swift cannot be started; the message says what is missing or shows what Swift itself said."""


class SwiftProcess:
    """A Swift that can be killed and started again, on the same port, folder and keys.

    url: what clients of S3 call the endpoint. secret_key: drawn at random, told to nobody else.
    """

    def __init__(self, python: Path, data_dir: Path, port: int) -> None:
        self.url = f"http://{_HOST}:{port}"
        self.access_key = _ACCESS_KEY
        self.secret_key = secrets.token_urlsafe(32)
        self.region = _REGION
        self.log_path = data_dir / "swift.log"
        self._python = python
        self._data_dir = data_dir
        self._port = port
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, which is its process group's too; None while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it serves. Raises SwiftStartError if it does not."""
        settings = {
            "data_dir": str(self._data_dir),
            "port": self._port,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "region": self.region,
        }
        with self.log_path.open("ab") as log_file:
            log_start_bytes = log_file.tell()
            self._process = process = await _spawn(self._python, log_file)
        assert process.stdin  # it was asked for
        with suppress(ConnectionError):  # it has ended already, and its log tells why
            process.stdin.write(json.dumps(settings).encode())
            await process.stdin.drain()
        process.stdin.close()
        try:
            async with asyncio.timeout(_START_S):
                while not await _serves(self._port):
                    await asyncio.sleep(_POLL_S)
                    if process.returncode is not None:
                        raise SwiftStartError(f"Swift ended with {process.returncode}: {self._said(log_start_bytes)}")
        except TimeoutError:
            raise SwiftStartError(f"Swift did not serve in {_START_S:.0f} s; its log: {self.log_path}") from None

    async def kill(self) -> None:
        """Kill it, in the middle of whatever it does."""
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
async def run_swift(environment: Path, *, data_dir: Path | None = None, port: int = 0) -> AsyncIterator[SwiftProcess]:
    """Run Swift, serving S3 on this machine only, until the block ends; it serves when the block begins.

    environment: a virtual environment with Swift.
    data_dir: where it keeps everything, on a file system with extended attributes; None for a temporary folder.
    port: 0 picks a free one.

    It runs in a process group of its own, and ends should the caller be killed. Raises SwiftStartError.
    """
    with nullcontext(data_dir) if data_dir else tempfile.TemporaryDirectory(prefix="ocr-swift-") as kept_in:
        python, folder = await asyncio.to_thread(_prepare, environment, Path(kept_in))
        swift = SwiftProcess(python, folder, port or free_port())
        try:
            await swift.start()
            yield swift
        finally:
            await swift.stop()


def _prepare(environment: Path, data_dir: Path) -> tuple[Path, Path]:
    """Return the Python that has Swift, and the folder, made if there is none."""
    if not any(environment.glob("lib/python3*/site-packages/swift/proxy")):
        raise SwiftStartError(f"there is no Swift in {environment}: `sh tools/setup-servers.sh` installs it")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.setxattr(data_dir, "user.ocr-server", b"")  # Swift keeps what it knows of an object in those of its file
    except OSError as error:
        raise SwiftStartError(f"the file system of {data_dir} has no extended attributes: {error}") from error
    return environment.absolute() / "bin/python", data_dir.absolute()


async def _spawn(python: Path, log_file: IO[bytes]) -> Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            # setpriv: should this process be killed, the kernel ends Swift as well.
            *["setpriv", "--pdeathsig", "TERM", str(python), "-I", str(_SERVER)],
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


async def _serves(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(_HOST, port)
    except OSError:
        return False
    try:
        async with asyncio.timeout(_POLL_TIMEOUT_S):
            writer.write(b"GET /healthcheck HTTP/1.0\r\n\r\n")
            return b" 200 " in await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
