"""Jobs through real crashes: processes killed with SIGKILL in the middle of the work."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

JOB_PROCESS = Path(__file__).with_name("job_process.py")


class JobProcess:
    """One run of job_process.py."""

    def __init__(self, folder: Path, mode: str, after_seq: int) -> None:
        command = [sys.executable, str(JOB_PROCESS), str(folder), mode, str(after_seq)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def __enter__(self) -> "JobProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]

    def lines(self, count: int = -1) -> list[list[object]]:
        """Read so many lines, or all up to the end of the process."""
        lines: list[list[object]] = []
        while len(lines) != count and (line := self._process.stdout.readline()):  # type: ignore[union-attr]
            lines.append(json.loads(line))
        return lines

    def kill(self) -> None:
        self._process.kill()
        assert self._process.wait(timeout=10) == -signal.SIGKILL


@pytest.mark.parametrize("events_before", [1, 5])
def test_a_job_whose_process_is_killed_is_finished_by_the_next_one(tmp_path: Path, events_before: int) -> None:
    with JobProcess(tmp_path, "slow", 0) as first:
        seen = first.lines(events_before)
        first.kill()
    with JobProcess(tmp_path, "well", events_before) as second:
        *events, job = second.lines()
    seen += events
    assert [seq for seq, _, _ in seen] == list(range(1, len(seen) + 1))
    changes = [state for _, state, is_progress in seen if not is_progress]
    assert changes[0] == "queued"
    assert changes[-2:] == ["running", "succeeded"]
    assert changes.count("succeeded") == 1
    begun = (tmp_path / "begun").read_text().split()
    attempts = changes.count("running")
    assert len(begun) in (attempts - 1, attempts), "killed between taking the job and reading it"
    assert job == ["succeeded", attempts, None, f"read by {second.pid}: an image"]
    with JobProcess(tmp_path, "well", 0) as third:
        assert third.lines() == [*seen, job]
    assert (tmp_path / "begun").read_text().split() == begun, "an ended job is not read again"


def test_a_job_that_kills_every_process_is_given_up_after_three(tmp_path: Path) -> None:
    seen: list[list[object]] = []
    for _ in range(3):
        with JobProcess(tmp_path, "deadly", len(seen)) as process:
            seen += process.lines()
    with JobProcess(tmp_path, "well", len(seen)) as fourth:
        *events, job = fourth.lines()
    seen += events
    assert job == ["failed", 4, "ATTEMPTS_EXHAUSTED", None], "the fourth only ends it"
    assert len((tmp_path / "begun").read_text().split()) == 3
    assert [seq for seq, _, _ in seen] == list(range(1, len(seen) + 1))
    assert [state for _, state, _ in seen] == ["queued", "running"] * 4 + ["failed"]
