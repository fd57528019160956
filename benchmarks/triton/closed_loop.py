"""Load from callers who each wait for an answer before they ask again, and what is told about it."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

import numpy as np

from benchmarks.process_cost import cpu_s

T = TypeVar("T")
# Asks about one thing; returns how long each of its answers took, in seconds, always in the same order.
Ask = Callable[[T], Awaitable[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Block:
    """What one contender did at a stretch.

    answers: how many came. cpu_s: of this process and all it started. latencies_s: in the order of the questions, but
    without each caller's first one, which meets a queue that is still filling.
    """

    answers: int
    wall_s: float
    cpu_s: float
    latencies_s: tuple[float, ...]

    @property
    def answers_per_s(self) -> float:
        """Throughput."""
        return self.answers / self.wall_s


async def run_block(ask: Ask[T], things: Sequence[T], concurrency: int) -> Block:
    """Ask about all things, so many at a time. What ``ask`` raises ends all: a failed call has no latency."""
    latencies_s: list[Sequence[float]] = [()] * len(things)

    async def call(waiting: Iterator[tuple[int, T]]) -> None:
        for index, thing in waiting:
            latencies_s[index] = await ask(thing)

    waiting = iter(enumerate(things))
    cpu_before_s, started_s = cpu_s(os.getpid()), time.perf_counter()
    async with asyncio.TaskGroup() as callers:
        for _ in range(concurrency):
            callers.create_task(call(waiting))
    wall_s = time.perf_counter() - started_s
    counted = tuple(latency_s for latencies in latencies_s[concurrency:] for latency_s in latencies)
    return Block(sum(map(len, latencies_s)), wall_s, cpu_s(os.getpid()) - cpu_before_s, counted)


def figures_of(blocks: Sequence[Block]) -> dict[str, Any]:
    """Medians over blocks, and percentiles over all their latencies together."""
    latencies_ms = 1000 * np.array([latency_s for block in blocks for latency_s in block.latencies_s])
    p50, p95, p99 = map(float, np.percentile(latencies_ms, (50, 95, 99)))
    return {
        "per_s": round(median(block.answers_per_s for block in blocks), 2),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "p99_ms": round(p99, 1),
        "p99_to_p50": round(p99 / p50, 2),
        "cpu_ms": round(median(1000 * block.cpu_s / block.answers for block in blocks), 2),
        "latencies": len(latencies_ms),
    }


def compared(blocks: Sequence[Block], others: Sequence[Block]) -> dict[str, float]:
    """How one stands to another that was asked the same in the same rounds.

    throughput_ratio, cpu_ratio: medians over the rounds. extra_ms: how much longer an answer took, the median over
    all answers.
    """
    rounds = list(zip(blocks, others, strict=True))
    pairs = [pair for mine, theirs in rounds for pair in zip(mine.latencies_s, theirs.latencies_s, strict=True)]
    return {
        "throughput_ratio": round(median(mine.answers_per_s / theirs.answers_per_s for mine, theirs in rounds), 3),
        "cpu_ratio": round(median(mine.cpu_s / max(theirs.cpu_s, 0.01) for mine, theirs in rounds), 3),  # a tick
        "extra_ms": round(1000 * median(longer_s - shorter_s for longer_s, shorter_s in pairs), 1),
    }
