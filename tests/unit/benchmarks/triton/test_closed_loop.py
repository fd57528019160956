"""Callers who wait for an answer before they ask again, and the figures of what they met."""

import asyncio

import pytest

from benchmarks.triton.closed_loop import Block, compared, figures_of, run_block


async def test_as_many_as_told_ask_at_a_time_and_everything_is_asked_once() -> None:
    asked: list[int] = []
    at_a_time = most = 0

    async def ask(thing: int) -> list[float]:
        nonlocal at_a_time, most
        asked.append(thing)
        at_a_time += 1
        most = max(most, at_a_time)
        await asyncio.sleep(0)
        at_a_time -= 1
        return [float(thing)]

    block = await run_block(ask, range(10), concurrency=3)
    assert asked == list(range(10))
    assert most == 3
    assert block.answers == 10


async def test_latencies_stand_in_the_order_of_the_questions_without_each_callers_first() -> None:
    async def ask(thing: int) -> list[float]:
        await asyncio.sleep(0.01 / (1 + thing))  # later questions are answered sooner
        return [float(thing), thing + 0.5]

    block = await run_block(ask, range(5), concurrency=2)
    assert block.latencies_s == (2.0, 2.5, 3.0, 3.5, 4.0, 4.5)
    assert block.answers == 10


async def test_a_call_that_fails_ends_the_block() -> None:
    async def ask(thing: int) -> list[float]:
        if thing == 4:
            raise ConnectionError("gone")
        return [0.0]

    with pytest.raises(ExceptionGroup) as failure:
        await run_block(ask, range(9), concurrency=2)
    assert failure.group_contains(ConnectionError, match="gone")


def test_percentiles_are_of_all_blocks_together_and_rates_are_medians_of_blocks() -> None:
    slow, usual, quick = (
        Block(answers, 2.0, 0.5, tuple(index / 100 for index in part))
        for answers, part in ((10, range(34)), (20, range(34, 67)), (40, range(67, 101)))
    )
    figures = figures_of([slow, usual, quick])
    assert figures["per_s"] == 10.0
    assert (figures["p50_ms"], figures["p95_ms"], figures["p99_ms"]) == (500.0, 950.0, 990.0)
    assert figures["p99_to_p50"] == 1.98
    assert figures["cpu_ms"] == 25.0
    assert figures["latencies"] == 101


def test_ratios_are_taken_round_by_round_so_one_disturbed_round_changes_little() -> None:
    ours = [Block(9, 1.0, 2.2, (0.11, 0.12)), Block(18, 1.0, 4.4, (0.22, 0.21)), Block(10, 10.0, 11.0, (9.0, 0.51))]
    theirs = [Block(10, 1.0, 2.0, (0.1, 0.1)), Block(20, 1.0, 4.0, (0.2, 0.2)), Block(10, 1.0, 5.0, (0.5, 0.5))]
    assert compared(ours, theirs) == {"throughput_ratio": 0.9, "cpu_ratio": 1.1, "extra_ms": 15.0}
