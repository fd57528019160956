import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

from ocr_server.domain.errors import InvalidImage
from ocr_server.pipeline.isolated import Died, IsolatedProcesses, OutOfTime

MIB = 2**20
CPU_S = 0.2


@pytest.fixture(scope="module")
def processes() -> Iterator[IsolatedProcesses]:
    processes = IsolatedProcesses(max_memory_bytes=200 * MIB)
    yield processes
    processes.close()


def test_work_is_done_elsewhere_and_by_one_process(processes: IsolatedProcesses) -> None:
    first = processes.run(CPU_S, os.getpid)
    assert first != os.getpid()
    assert processes.run(CPU_S, os.getpid) == first


def test_errors_of_the_work_come_back(processes: IsolatedProcesses) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        processes.run(CPU_S, int, "x")
    assert processes.run(CPU_S, repr, InvalidImage("It is damaged.")) == "InvalidImage('It is damaged.')"


def test_work_that_takes_too_long_is_ended_and_the_next_is_done(processes: IsolatedProcesses) -> None:
    began_s = time.monotonic()
    with pytest.raises(OutOfTime):
        processes.run(CPU_S, pow, 3, 10**9)
    assert time.monotonic() - began_s < 10
    assert processes.run(CPU_S, pow, 3, 2) == 9


def test_waiting_costs_no_cpu_time(processes: IsolatedProcesses) -> None:
    processes.run(CPU_S, time.sleep, 2 * CPU_S)


def test_work_that_takes_too_much_memory_is_ended_and_the_next_is_done(processes: IsolatedProcesses) -> None:
    with pytest.raises(Died):
        processes.run(CPU_S, bytes, 400 * MIB)
    assert processes.run(CPU_S, len, bytes(MIB)) == MIB


def test_a_crash_is_told_and_the_next_work_is_done(processes: IsolatedProcesses) -> None:
    with pytest.raises(Died):
        processes.run(CPU_S, os.abort)
    assert processes.run(CPU_S, abs, -1) == 1


def test_a_process_that_was_killed_while_idle_is_replaced(processes: IsolatedProcesses) -> None:
    child = psutil.Process(processes.run(CPU_S, os.getpid))
    child.send_signal(signal.SIGKILL)
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert processes.run(CPU_S, abs, -1) == 1


def test_threads_work_side_by_side(processes: IsolatedProcesses) -> None:
    began_s = time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: processes.run(CPU_S, time.sleep, 0.5), range(8)))
    assert time.monotonic() - began_s < 0.5 * 8


def test_arrays_come_back_whole(processes: IsolatedProcesses) -> None:
    array = processes.run(CPU_S, np.arange, 3_000_000)
    assert array.flags.writeable
    assert (array == np.arange(3_000_000)).all()


def test_a_process_that_has_grown_is_not_used_again(processes: IsolatedProcesses) -> None:
    grown = processes.run(CPU_S, os.getpid)
    processes.run(10 * CPU_S, np.ones, 15 * MIB)
    assert processes.run(CPU_S, os.getpid) != grown


def test_closing_ends_the_process_and_leaves_no_descriptor_open() -> None:
    this = psutil.Process()
    before = this.num_fds()
    processes = IsolatedProcesses(max_memory_bytes=200 * MIB)
    for _ in range(3):
        child = processes.run(CPU_S, os.getpid)
        processes.close()
        assert not psutil.pid_exists(child)
    assert this.num_fds() == before
