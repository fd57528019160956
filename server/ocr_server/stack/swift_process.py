"""One Swift (``swift_server.py``), an S3 server for tests and for a stack on one machine, as a child process."""

import asyncio
import json
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from ocr_server.stack.child_process import HOST, ServerProcess, answers_http, free_port

_SERVER = Path(__file__).with_name("swift_server.py")
# An account of Swift and a user in it, as one name.
_ACCESS_KEY = "ocr:server"
_REGION = "us-east-1"
_START_S = 60.0
_END_S = 5.0


class SwiftStartError(RuntimeError):
    """Swift cannot be started; the message says what is missing or shows what Swift itself said."""


class SwiftProcess(ServerProcess):
    """A Swift that can be killed and started again, on the same port, folder and keys.

    url: what clients of S3 call the endpoint. secret_key: drawn at random, told to nobody else. version: of Swift.
    """

    def __init__(self, python: Path, version: str, data_dir: Path, port: int) -> None:
        self.version = version
        self.url = f"http://{HOST}:{port}"
        self.access_key = _ACCESS_KEY
        self.secret_key = secrets.token_urlsafe(32)
        self.region = _REGION
        settings = {
            "data_dir": str(data_dir),
            "port": port,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "region": self.region,
        }
        super().__init__(
            "Swift",
            [str(python), "-I", str(_SERVER)],
            json.dumps(settings).encode(),
            data_dir / "swift.log",
            serves=partial(answers_http, port, "/healthcheck"),
            error=SwiftStartError,
            start_s=_START_S,
            end_s=_END_S,
        )


@asynccontextmanager
async def run_swift(environment: Path, *, data_dir: Path | None = None, port: int = 0) -> AsyncIterator[SwiftProcess]:
    """Run Swift, serving S3 on this machine only, until the block ends; it serves when the block begins.

    environment: a virtual environment with Swift.
    data_dir: where it keeps everything, on a file system with extended attributes; None for a temporary folder.
    port: 0 picks a free one.

    It runs in a process group of its own, and ends should the caller be killed. Raises SwiftStartError.
    """
    with nullcontext(data_dir) if data_dir else tempfile.TemporaryDirectory(prefix="ocr-swift-") as kept_in:
        python, version, folder = await asyncio.to_thread(_prepare, environment, Path(kept_in))
        swift = SwiftProcess(python, version, folder, port or free_port())
        try:
            await swift.start()
            yield swift
        finally:
            await swift.stop()


def _prepare(environment: Path, data_dir: Path) -> tuple[Path, str, Path]:
    """Return the Python that has Swift, Swift's version, and the folder, made if there is none."""
    packages = map(str, environment.glob("lib/python3*/site-packages"))
    swift = next(iter(distributions(name="swift", path=list(packages))), None)
    if swift is None:
        raise SwiftStartError(f"there is no Swift in {environment}: `sh tools/setup-servers.sh` installs it")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.setxattr(data_dir, "user.ocr-server", b"")  # Swift keeps what it knows of an object in those of its file
    except OSError as error:
        raise SwiftStartError(f"the file system of {data_dir} has no extended attributes: {error}") from error
    return environment.absolute() / "bin/python", swift.version, data_dir.absolute()
