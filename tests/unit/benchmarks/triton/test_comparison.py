"""Contenders in turn: how long, in which order, about what."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from benchmarks.triton.closed_loop import Ask
from benchmarks.triton.comparison import Plan, compare


@pytest.mark.parametrize(
    ("concurrency", "per_s", "plan"),
    [
        (1, 10.0, Plan(rounds=3, things=50)),
        (16, 4.0, Plan(rounds=2, things=32)),  # 60 were wanted: three rounds of 32 would be too long
        (64, 4.0, Plan(rounds=2, things=128)),  # every caller gets its second turn, twice
    ],
)
def test_a_plan_keeps_to_the_seconds_but_gives_every_caller_two_turns(
    concurrency: int, per_s: float, plan: Plan
) -> None:
    assert Plan.of(concurrency, per_s, seconds=15.0) == plan


async def test_all_are_asked_about_the_same_things_and_each_round_another_one_begins() -> None:
    asked: list[tuple[str, int]] = []

    def contender(name: str) -> Ask[int]:
        async def ask(thing: int) -> list[float]:
            asked.append((name, thing))
            return [0.001 if name == "quick" else 0.003]

        return ask

    found = await compare(
        {name: contender(name) for name in ("quick", "slow")},
        [1, 2, 3],
        baseline="quick",
        concurrencies=[1],
        seconds=0.0,
        progress=Progress(console=Console(file=io.StringIO())),
        label="things",
    )
    assert asked[24:] == [  # after the warm-up
        *(("quick", 1), ("quick", 2), ("slow", 1), ("slow", 2)),
        *(("slow", 3), ("slow", 1), ("quick", 3), ("quick", 1)),
    ]
    assert found["slow"]["1"]["extra_ms"] == 2.0
    assert "extra_ms" not in found["quick"]["1"]
