"""The processes that Triton's python backend runs models in, as /proc shows them."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Stub:
    """One instance of one version of a model. ``is_stopped``: by a signal, as Ctrl-Z does it; it stands still."""

    pid: int
    model: str
    version: int
    is_stopped: bool


def living_stubs(triton_pid: int) -> list[Stub]:
    """The stubs of a tritonserver that run; killed ones, which wait as zombies to be reaped, do not count."""
    stubs = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            # pid (name) state parent …; the name may hold anything, brackets too
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) != triton_pid or state in "ZX":
                continue
            arguments = (folder / "cmdline").read_bytes().decode().split("\0")
        except (FileNotFoundError, ProcessLookupError):  # ended while we looked
            continue
        if arguments[0].endswith("triton_python_backend_stub"):
            version = Path(arguments[1]).parent  # <repository>/<model>/<version>/model.py
            stubs.append(Stub(int(folder.name), version.parent.name, int(version.name), state == "T"))
    return sorted(stubs, key=lambda stub: (stub.model, stub.version, stub.pid))


def kill(stubs: Iterable[Stub]) -> None:
    """Kill those that still run."""
    for stub in stubs:
        with suppress(ProcessLookupError):
            os.kill(stub.pid, signal.SIGKILL)
