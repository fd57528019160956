"""Contenders who answer the same questions in turn, at one concurrency after another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, TypeVar

from rich.progress import Progress

from benchmarks.triton.closed_loop import Ask, Block, compared, figures_of, run_block

_ROUNDS = 3
_WARM_UP_THINGS = 12
_WARM_UP_CONCURRENCY = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many blocks each contender gets, and about how many things it is asked in each."""

    rounds: int
    things: int

    @classmethod
    def of(cls, concurrency: int, things_per_s: float, seconds: float) -> "Plan":
        """For about so many seconds a contender, but two rounds and two questions a caller at least."""
        wanted = things_per_s * seconds
        things = max(2 * concurrency, round(wanted / _ROUNDS))
        return cls(rounds=min(_ROUNDS, max(2, round(wanted / things))), things=things)


async def compare(
    asks: Mapping[str, Ask[T]],
    things: Sequence[T],
    *,
    baseline: str,
    concurrencies: Sequence[int],
    seconds: float,
    progress: Progress,
    label: str,
) -> dict[str, dict[str, Any]]:
    """Warm up, then let all be asked about the same things in the same rounds: drift hits all alike.

    seconds: for each contender at each concurrency, for the fastest, if its callers need not wait longer.
    Returns figures by contender and concurrency, but for the ``baseline`` with how they stand to those of that one.
    """
    task = progress.add_task(f"{label}, warm-up", total=None)
    warm_up = list(islice(cycle(things), _WARM_UP_THINGS))
    walls_s = [(await run_block(ask, warm_up, _WARM_UP_CONCURRENCY)).wall_s for ask in asks.values()]
    plans = {concurrency: Plan.of(concurrency, len(warm_up) / min(walls_s), seconds) for concurrency in concurrencies}
    progress.update(task, total=len(asks) * sum(plan.rounds for plan in plans.values()))

    found: dict[str, dict[str, Any]] = {name: {} for name in asks}
    for concurrency, plan in plans.items():
        progress.update(task, description=f"{label}, {concurrency} at a time")
        blocks: defaultdict[str, list[Block]] = defaultdict(list)
        names, source = list(asks), cycle(things)
        for turn in range(plan.rounds):
            asked = list(islice(source, plan.things))
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                blocks[name].append(await run_block(asks[name], asked, concurrency))
                progress.advance(task)
        for name in names:
            ratios = compared(blocks[name], blocks[baseline]) if name != baseline else {}
            found[name][str(concurrency)] = {**figures_of(blocks[name]), **ratios}
    return found
