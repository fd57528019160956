"""A stage's deadline reaches whoever works for it."""

import asyncio

import pytest

from ocr_server.domain.errors import DeadlineExceeded
from ocr_server.domain.progress import Stage
from ocr_server.pipeline.side_by_side import side_by_side
from ocr_server.pipeline.trace import Trace
from ocr_server.ports import remaining_s


def trace(seconds: float | None) -> Trace:
    deadline_s = None if seconds is None else asyncio.get_running_loop().time() + seconds
    return Trace(lambda progress: None, deadline_s=deadline_s)


async def look() -> float | None:
    return remaining_s()


async def test_within_a_step_everybody_knows_how_long_the_answer_is_wanted() -> None:
    async with trace(10).step(Stage.DETECT):
        assert remaining_s() == pytest.approx(10, abs=1)
        async with side_by_side() as beside:
            seen = beside.create_task(look())
    assert seen.result() == pytest.approx(10, abs=1)
    assert remaining_s() is None


async def test_a_trace_without_deadline_bounds_nothing() -> None:
    async with trace(None).step(Stage.DETECT):
        assert remaining_s() is None


async def test_steps_side_by_side_keep_their_own_deadlines() -> None:
    async def step(seconds: float) -> float | None:
        async with trace(seconds).step(Stage.DETECT):
            await asyncio.sleep(0)
            return remaining_s()

    assert await asyncio.gather(step(10), step(20)) == [pytest.approx(10, abs=1), pytest.approx(20, abs=1)]


async def test_a_deadline_that_passes_names_the_stage_and_is_forgotten() -> None:
    with pytest.raises(DeadlineExceeded, match="stage recognize"):
        async with trace(0.01).step(Stage.RECOGNIZE):
            await asyncio.sleep(5)
    assert remaining_s() is None
