"""One run: everything is started, the plan carried out, and what is left judged."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from ocr_server.domain.job import JobState
from ocr_server.stack.tansu_shim import teach_aiokafka_version_3
from tests.chaos.clients import Seen, carry_out, open_clients
from tests.chaos.judge import Evidence, Verdict, gather_evidence, judge, unpublished
from tests.chaos.plan import Plan, Victim, make_plan
from tests.chaos.servers import Stack, run_stack

# A line takes so long, so that kills meet jobs that run.
_READS_FOR_S = (0.02, 0.6)
# After the last kill: three leases of a poisonous job, one after another, on a busy machine; and then the events.
_JOBS_END_WITHIN_S = 120.0
_EVENTS_LEAVE_WITHIN_S = 30.0
_POLL_S = 0.1
_SHOWN_FAULTS = 40


@dataclass(frozen=True, slots=True)
class Report:
    """How it went. kills: by victim. took_s: from the first job to the last end or kill."""

    plan: Plan
    seen: Seen
    evidence: Evidence
    verdict: Verdict
    kills: Counter[Victim]
    took_s: float

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong at all."""
        return not self.verdict.faults

    @property
    def last_line(self) -> str:
        """The figures."""
        verdict = self.verdict
        return (
            f"chaos: jobs={self.plan.jobs} completed={self.evidence.count(JobState.SUCCEEDED)} "
            f"dead_letter={self.evidence.dead_letters} lost={len(verdict.lost)} phantom={len(verdict.phantom)} "
            f"duplicate_effects={len(verdict.duplicate_effects)}"
        )


async def run(seed: int, jobs: int, folder: Path, console: Console) -> Report:
    """Run the plan of this seed in the folder; print what happened, but for the last line."""
    teach_aiokafka_version_3()
    plan, seen = make_plan(seed, jobs), Seen()
    async with run_stack(folder, _READS_FOR_S) as stack:
        with _shown(plan, seen, stack, console):
            took_s = await _carry_out(plan, seen, stack)
        await stack.settle()
        await _events_leave(stack)
        evidence = await gather_evidence(stack.database_url, stack.kafka_bootstrap)
    report = Report(plan, seen, evidence, judge(plan, seen, evidence), stack.kills, took_s)
    _print(report, console)
    return report


async def _carry_out(plan: Plan, seen: Seen, stack: Stack) -> float:
    """Return how long it took. What has not ended in time is left, for the judge to find."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async def kill_all() -> None:
        for kill in plan.kills:
            await asyncio.sleep(began_s + kill.at_s - loop.time())
            await stack.kill(kill)

    async with open_clients(plan, stack.addresses, seen) as clients:
        killing = asyncio.create_task(kill_all(), name="kills")
        working = asyncio.create_task(carry_out(plan, clients), name="clients")
        await killing
        await asyncio.wait({working}, timeout=_JOBS_END_WITHIN_S)
        if working.done():
            working.result()
        working.cancel()
        await asyncio.wait({working})
    return loop.time() - began_s


async def _events_leave(stack: Stack) -> None:
    """Wait until nothing is left to publish, or what is left is lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_EVENTS_LEAVE_WITHIN_S):
            while True:
                if not await unpublished(stack.database_url):
                    return
                await asyncio.sleep(_POLL_S)


@contextmanager
def _shown(plan: Plan, seen: Seen, stack: Stack, console: Console) -> Iterator[None]:
    """A bar of the jobs that ended, and the kills so far; on a terminal only."""
    progress = Progress(
        TextColumn("jobs ended"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        TextColumn("killed: {task.fields[kills]}", table_column=Column()),
        console=console,
        disable=not console.is_terminal,
    )
    bar = progress.add_task("", total=plan.jobs, kills=_kills(stack.kills))

    async def advance() -> None:
        while True:
            progress.update(bar, completed=len(seen.ends), kills=_kills(stack.kills))
            await asyncio.sleep(_POLL_S)

    with progress:
        advancing = asyncio.create_task(advance(), name="progress")
        try:
            yield
        finally:
            advancing.cancel()


def _print(report: Report, console: Console) -> None:
    evidence, seen = report.evidence, report.seen

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    states = Counter(row["state"] for row in evidence.rows)
    faults = Counter(row["faults"] for row in evidence.rows)
    repeated = sum(ids.total() - len(ids) for ids in evidence.event_ids.values())
    say(f"killed {report.kills.total()} times in {report.took_s:.0f} s: {_kills(report.kills)}")
    say(f"jobs: {_listed(states)}; by faults of their workers: {_listed(faults)}")
    tooks_s = [row["took_s"] for row in evidence.rows if row["state"] == JobState.SUCCEEDED.value]
    if tooks_s:
        say(f"from submission to success: median {median(tooks_s):.1f} s, at most {max(tooks_s):.1f} s")
    say(f"events: {len(evidence.events)}, of which {repeated} were repetitions with the same id")
    say(f"calls and watches tried again: {_listed(seen.retries)}")
    for fault in report.verdict.faults[:_SHOWN_FAULTS]:
        say(fault)


def _kills(kills: Counter[Victim]) -> str:
    return _listed({victim.value: count for victim, count in kills.items()})


def _listed(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
