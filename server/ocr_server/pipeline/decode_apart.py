"""Where formats are decoded whose libraries bound neither their time nor their memory: in processes apart."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.isolated import Died, IsolatedProcesses, OutOfTime

# What the largest HEIC takes.
_MAX_MEMORY_BYTES = 400 * 2**20

_processes = IsolatedProcesses(max_memory_bytes=_MAX_MEMORY_BYTES)

P = ParamSpec("P")
T = TypeVar("T")


def decode_apart(what: str, max_cpu_s: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work``; ``what`` says in the gerund what it does, for the caller.

    Raises what ``work`` raises, ImageTooLarge if it takes too long, InvalidImage if it takes too much memory or
    crashes.
    """
    try:
        return _processes.run(max_cpu_s, work, *args, **kwargs)
    except OutOfTime as error:
        raise ImageTooLarge(f"{what} takes more than {max_cpu_s:.1f} s. Send it as a JPEG or PNG.") from error
    except Died as error:
        raise InvalidImage(
            f"{what} takes more than {_MAX_MEMORY_BYTES // 2**20} MiB of memory, or fails: it may be damaged. "
            "Send it as a JPEG or PNG."
        ) from error
