"""What a process has cost so far, seen from outside, so that one ruler serves all."""

import re
from pathlib import Path

import psutil


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, of a process, its living descendants and those it has waited for."""
    process = psutil.Process(pid)
    return sum(_times_s(one) for one in [process, *process.children(recursive=True)])


def peak_bytes(pid: int) -> int:
    """The most memory that the process itself held at a time (Linux: VmHWM)."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise ProcessLookupError(f"process {pid} has ended")
    return int(found[1]) * 1024


def _times_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
