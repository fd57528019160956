"""What every Compute does; this one has two threads."""

import asyncio
import contextvars
import threading
import time

import pytest

from ocr_server.ports import Compute

request_id = contextvars.ContextVar("request_id", default="none")


async def test_results_arguments_and_errors_pass_through(compute: Compute) -> None:
    assert await compute.run(divmod, 7, 3) == (2, 1)
    assert await compute.run(int, "ff", base=16) == 255
    with pytest.raises(ZeroDivisionError):
        await compute.run(divmod, 1, 0)


async def test_work_runs_off_the_event_loop_which_stays_free(compute: Compute) -> None:
    working = asyncio.create_task(compute.run(time.sleep, 0.2))
    turns = 0
    while not working.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 20


async def test_only_two_units_run_at_a_time(compute: Compute) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    await asyncio.gather(*(compute.run(work) for _ in range(10)))
    assert most == 2


async def test_work_sees_the_callers_context_and_cannot_change_it(compute: Compute) -> None:
    def work() -> str:
        seen = request_id.get()
        request_id.set("changed by the work")
        return seen

    async def call(name: str) -> tuple[str, str]:
        request_id.set(name)
        return await compute.run(work), request_id.get()

    assert await asyncio.gather(call("a"), call("b")) == [("a", "a"), ("b", "b")]  # type: ignore[comparison-overlap]
    assert await compute.run(work) == "none"


async def test_cancelled_work_that_has_not_started_never_starts(compute: Compute) -> None:
    release = threading.Event()
    started: list[str] = []
    blocking = [asyncio.create_task(compute.run(release.wait, 5)) for _ in range(2)]
    waiting = asyncio.create_task(compute.run(started.append, "it ran"))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    release.set()
    await asyncio.gather(*blocking)
    await compute.run(int)  # whatever was in line before has run by now
    assert started == []


async def test_cancelled_work_that_has_started_finishes_unheard(compute: Compute) -> None:
    started, release, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        release.wait(5)
        ended.set()
        raise ValueError("nobody listens")

    working = asyncio.create_task(compute.run(work))
    assert await asyncio.to_thread(started.wait, 5)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    release.set()
    assert await compute.run(ended.wait, 5)
    assert await compute.run(int) == 0  # the thread is still good
