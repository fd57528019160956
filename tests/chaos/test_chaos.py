"""The chaos suite at a length for every day: fewer jobs, but every kind of kill. ``make chaos`` runs a longer one."""

from pathlib import Path

from rich.console import Console

from tests.chaos.plan import Victim
from tests.chaos.run import run


async def test_nothing_is_lost_invented_or_done_twice_whatever_is_killed(tmp_path: Path) -> None:
    report = await run(seed=7, jobs=60, folder=tmp_path, console=Console())
    print(report.last_line)
    assert not report.verdict.faults
    assert set(report.kills) == set(Victim)
    assert report.last_line.startswith("chaos: jobs=60 completed=")
    assert report.last_line.endswith(" lost=0 phantom=0 duplicate_effects=0")
