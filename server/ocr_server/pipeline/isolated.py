"""Runs work in processes of its own, under limits of time and memory that the kernel holds.

For formats whose files are programs in all but name: a kilobyte of them can ask for hours or gigabytes, and the
library that reads them knows no limit. Where the work goes over one, or crashes, that process ends and no other.
"""

import atexit
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Child = subprocess.Popen[bytes]


class OutOfTime(Exception):
    """The work used up its CPU time."""


class Died(Exception):
    """The process ended in the middle of the work: out of memory, or a crash."""


class IsolatedProcesses:
    """Child processes that do one piece of work at a time. As many start as work at once; then they stay.

    max_memory_bytes: private memory of each (RLIMIT_DATA), some 30 MiB of which Python and numpy take.
    """

    def __init__(self, *, max_memory_bytes: int) -> None:
        self._max_memory_bytes = max_memory_bytes
        self._idle: list[Child] = []
        atexit.register(self.close)

    def run(self, max_cpu_s: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work``, a function of some module, on what can be pickled; return its result.

        max_cpu_s: user and system time together. Raises what ``work`` raises, OutOfTime, or Died.
        """
        child = self._take()
        try:
            succeeded, outcome, is_reusable = _ask(child, (max_cpu_s, work, args, kwargs))
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            if _end(child) == -signal.SIGPROF:
                raise OutOfTime from error
            raise Died from error
        except BaseException:  # a half-read answer would be taken for the next one
            _end(child)
            raise
        if is_reusable:
            self._idle.append(child)
        else:
            _end(child)
        if succeeded:
            return outcome  # type: ignore[no-any-return]
        raise outcome

    def close(self) -> None:
        """End the processes that are idle."""
        with suppress(IndexError):
            while True:
                _end(self._idle.pop())

    def _take(self) -> Child:
        with suppress(IndexError):
            while True:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _end(child)  # it died idle, by the OOM killer for one
        command = [sys.executable, "-m", __name__, str(self._max_memory_bytes)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a thread's buffers count, and bring nothing
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _ask(child: Child, request: object) -> tuple[bool, Any, bool]:
    assert child.stdin is not None
    assert child.stdout is not None
    pickle.dump(request, child.stdin, protocol=5)
    child.stdin.flush()
    answer, sizes, is_reusable = pickle.load(child.stdout)
    arrays = [bytearray(size) for size in sizes]  # beside the pickle, so that a picture is never held twice
    for array in arrays:
        if child.stdout.readinto(array) < len(array):  # type: ignore[attr-defined]
            raise EOFError
    succeeded, outcome = pickle.loads(answer, buffers=arrays)
    return succeeded, outcome, is_reusable


def _end(child: Child) -> int:
    child.kill()
    child.communicate()
    return child.returncode


def main() -> None:
    """Do what comes in on standard input, and answer on standard output, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    max_memory_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (max_memory_bytes, max_memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            max_cpu_s, work, args, kwargs = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, max_cpu_s)  # SIGPROF ends the process where it stands
        try:
            answer = True, work(*args, **kwargs)
        except MemoryError:  # what has been half done may hold memory for good
            return
        except Exception as error:
            answer = False, error
        signal.setitimer(signal.ITIMER_PROF, 0)
        # What one piece of work leaves behind must not be the next one's ruin.
        is_reusable = _private_bytes() < max_memory_bytes / 2
        _send(answer, is_reusable)
        del work, args, kwargs, answer


def _private_bytes() -> int:
    """What counts towards RLIMIT_DATA; 0 where the system does not tell."""
    with suppress(FileNotFoundError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
    return 0


def _send(answer: tuple[bool, object], is_reusable: bool) -> None:
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(answer, protocol=5, buffer_callback=buffers.append)
    arrays = [buffer.raw() for buffer in buffers]
    pickle.dump((pickled, [array.nbytes for array in arrays], is_reusable), sys.stdout.buffer, protocol=5)
    for array in arrays:
        sys.stdout.buffer.write(array)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
