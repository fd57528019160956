"""What all servers of others are here: child processes, each in a group of its own, that end with who started them."""

import asyncio
import os
import random
import signal
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"
# Nothing of the caller's own gets in.
PLAIN: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
_POLL_S = 0.02


def free_port() -> int:
    """A port that nobody listens on.

    From below those the kernel gives to outgoing connections: one of these could otherwise take the port in the
    moment in which a server restarts.
    """
    while not is_free(port := random.randint(20_000, 32_000)):
        pass
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


async def answers_http(port: int, path: str, timeout_s: float = 1.0) -> bool:
    """Whether an HTTP server on this machine says 200 to it."""
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


async def spawn(
    *command: str,
    death_signal: str,
    log_file: IO[bytes],
    variables: Mapping[str, str] = PLAIN,
    privileges: Sequence[str] = (),
    stdin: int = DEVNULL,
) -> Process:
    """Start a program in a process group of its own, which Ctrl-C in a terminal does not reach.

    death_signal: what the kernel sends it should this process be killed, so that nothing is orphaned; without SIG.
    log_file: for all that it prints. variables: its whole environment. privileges: further options of setpriv.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", death_signal, *privileges, *command),
            stdin=stdin,
            stdout=log_file,
            stderr=STDOUT,
            env=variables,
            process_group=0,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:  # it may run already, and nobody would know of it
        kill_group((await starting).pid)
        raise


def kill_group(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that was spawned here and to all it has started; no error if they are gone."""
    with suppress(ProcessLookupError):
        os.killpg(pid, how)


class ServerProcess:
    """A server that can be killed and started again, with the same settings.

    They come through stdin, because everybody may see a command line, and secrets are among them. name: as messages
    call it. serves: whether it answers by now. error: raised with what is wrong. start_s, end_s: how long it may take.
    variables: its whole environment.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        settings: bytes,
        log_path: Path,
        *,
        serves: Callable[[], Awaitable[bool]],
        error: type[RuntimeError],
        start_s: float,
        end_s: float,
        variables: Mapping[str, str] = PLAIN,
    ) -> None:
        self.log_path = log_path
        self._name, self._command, self._settings, self._variables = name, command, settings, variables
        self._serves, self._error = serves, error
        self._start_s, self._end_s = start_s, end_s
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, which is its process group's too; None while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it serves. Raises ``error`` if it does not."""
        with self.log_path.open("ab") as log_file:
            log_start_bytes = log_file.tell()
            self._process = process = await spawn(
                *self._command, death_signal="TERM", log_file=log_file, variables=self._variables, stdin=PIPE
            )
        assert process.stdin  # it was asked for
        with suppress(ConnectionError):  # it has ended already, and its log tells why
            process.stdin.write(self._settings)
            await process.stdin.drain()
        process.stdin.close()
        try:
            async with asyncio.timeout(self._start_s):
                while not await self._serves():
                    if process.returncode is not None:
                        said = self._said(log_start_bytes)
                        raise self._error(f"{self._name} ended with {process.returncode}: {said}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise self._error(
                f"{self._name} did not serve in {self._start_s:.0f} s; its log: {self.log_path}"
            ) from None

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit code. Raises RuntimeError if it was never started."""
        if self._process is None:
            raise RuntimeError(f"{self._name} has not been started")
        return await self._process.wait()

    async def kill(self) -> None:
        """Kill it, in the middle of whatever it does; ``start`` brings it back."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it: in order, but by force if that takes too long."""
        try:
            async with asyncio.timeout(self._end_s):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            await self.kill()

    async def _end(self, how: signal.Signals) -> None:
        if self._process:
            kill_group(self._process.pid, how)
            await self._process.wait()

    def _said(self, log_start_bytes: int) -> str:
        lines = self.log_path.read_bytes()[log_start_bytes:].decode(errors="replace").splitlines()
        return f"{' / '.join(lines[-2:])} (its log: {self.log_path})"
