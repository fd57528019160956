"""`ocr-server dead-letters …`: jobs that failed for no fault of their image, and reading them again."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ocr_server.bootstrap import open_dead_letters
from ocr_server.domain.errors import OcrError
from ocr_server.domain.job import Job
from ocr_server.jobs import again
from ocr_server.ports import DeadLetters
from ocr_server.settings import Settings

app = typer.Typer(
    help="Jobs that failed for no fault of their image: list them, mend the cause, replay them.", no_args_is_help=True
)

Limit = Annotated[int, typer.Option(help="At most so many, those that ended last.", min=1)]
_AT_A_TIME = 1000


@app.command("list")
def list_(
    limit: Limit = 50, as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a job.")] = False
) -> None:
    """Show what failed, whose it was and why."""

    async def show(store: DeadLetters) -> None:
        jobs = await store.list_dead_letters(limit=limit)
        if as_json:
            for job in jobs:
                print(json.dumps(_as_json(job), ensure_ascii=False))
        elif jobs:
            Console().print(_as_table(jobs))
        else:
            Console(stderr=True).print("No dead letters.")

    _run(show)


@app.command()
def replay(
    job_ids: Annotated[list[str] | None, typer.Argument(help="Which; see 'list'.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay all of them.")] = False,
) -> None:
    """Read their images again, each as a new job of its tenant. Exits with 1 if one is no dead letter (any more)."""
    if bool(job_ids) == everything:
        raise typer.BadParameter("name the jobs, or say --all")

    async def put_back(store: DeadLetters) -> None:
        console = Console(stderr=True)
        missing = set(job_ids or ())
        while letters := await store.list_dead_letters(limit=_AT_A_TIME):
            for job in letters:
                if everything or job.job_id in missing:
                    new = again(job)
                    if await store.replay(job.job_id, new):
                        console.print(f"{job.job_id} is read again as {new.job_id}", highlight=False)
                        missing.discard(job.job_id)
            if not everything:
                break
        for job_id in sorted(missing):
            console.print(f"{job_id} is no dead letter, or has been replayed", style="red", highlight=False)
        if missing:
            raise typer.Exit(1)

    _run(put_back)


def _as_json(job: Job) -> dict[str, object]:
    assert job.error
    assert job.ended_at
    return {
        "job_id": job.job_id,
        "tenant": job.tenant,
        "ended_at": job.ended_at.isoformat(),
        "attempts": job.attempt,
        "reason": job.error.reason,
        "message": job.error.message,
        "image_sha256": job.image_digest,
    }


def _as_table(jobs: list[Job]) -> Table:
    table = Table("job", "tenant", "ended", "attempts", "why")
    for job in jobs:
        assert job.error
        assert job.ended_at
        ended = job.ended_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(job.job_id, job.tenant, ended, str(job.attempt), f"{job.error.reason}: {job.error.message}")
    return table


def _run(work: Callable[[DeadLetters], Coroutine[None, None, None]]) -> None:
    async def opened() -> None:
        async with open_dead_letters(Settings()) as store:
            await work(store)

    try:
        asyncio.run(opened())
    except (OcrError, RuntimeError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
