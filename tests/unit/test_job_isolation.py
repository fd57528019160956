"""Who shares a process with whom."""

import asyncio
from contextlib import AbstractAsyncContextManager

from ocr_server.job_isolation import JobIsolation


class Guests:
    """Jobs by name: who has come in, in order, and is let out by name."""

    def __init__(self) -> None:
        self.isolation = JobIsolation()
        self.inside: list[str] = []
        self._leave: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, *, alone: bool = False) -> None:
        self._leave[name] = asyncio.Event()
        lock = self.isolation.alone() if alone else self.isolation.shared()
        self.tasks[name] = asyncio.create_task(self._stay(name, lock))
        await asyncio.sleep(0.01)

    async def let_out(self, name: str) -> None:
        self._leave[name].set()
        await asyncio.sleep(0.01)

    async def _stay(self, name: str, lock: AbstractAsyncContextManager[None]) -> None:
        async with lock:
            self.inside.append(name)
            try:
                await self._leave[name].wait()
            finally:
                self.inside.remove(name)


async def test_jobs_share_and_a_suspect_waits_until_it_is_alone() -> None:
    guests = Guests()
    await guests.come("a")
    await guests.come("b")
    await guests.come("suspect", alone=True)
    assert guests.inside == ["a", "b"]
    await guests.let_out("a")
    assert guests.inside == ["b"]
    await guests.let_out("b")
    assert guests.inside == ["suspect"]


async def test_who_comes_later_waits_for_a_suspect_that_waits() -> None:
    guests = Guests()
    await guests.come("a")
    await guests.come("suspect", alone=True)
    await guests.come("b")
    assert guests.inside == ["a"]
    await guests.let_out("a")
    assert guests.inside == ["suspect"]
    await guests.let_out("suspect")
    assert guests.inside == ["b"]


async def test_of_two_suspects_one_is_inside() -> None:
    guests = Guests()
    await guests.come("one", alone=True)
    await guests.come("two", alone=True)
    assert guests.inside == ["one"]
    await guests.let_out("one")
    assert guests.inside == ["two"]


async def test_a_suspect_that_stops_waiting_keeps_nobody_out() -> None:
    guests = Guests()
    await guests.come("a")
    await guests.come("suspect", alone=True)
    await guests.come("b")
    guests.tasks["suspect"].cancel()
    await asyncio.sleep(0.01)
    assert guests.inside == ["a", "b"]


async def test_who_is_cancelled_inside_leaves() -> None:
    guests = Guests()
    await guests.come("suspect", alone=True)
    await guests.come("a")
    guests.tasks["suspect"].cancel()
    await asyncio.sleep(0.01)
    assert guests.inside == ["a"]
