"""What a process costs, seen from outside."""

import subprocess
import sys

import pytest

from benchmarks.process_cost import cpu_s, peak_bytes

WORK = "t = __import__('time'); b = bytearray(200_000_000); c = t.process_time; u = c() + .5\nwhile c() < u: pass\n"


@pytest.mark.parametrize("work", [WORK, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {WORK!r}])\n"])
def test_cpu_time_includes_that_of_children(work: str) -> None:
    work += "print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert 0.45 < cpu_s(process.pid) < 3.0
        process.communicate("\n")


def test_the_peak_outlives_what_was_freed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "b = bytearray(b'x') * 100_000_000; del b; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert peak_bytes(process.pid) > 100_000_000
        process.communicate("\n")
