"""The lines of pages, read by TrOCR on Triton whichever way they reach it."""

import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import Progress

from benchmarks.triton.closed_loop import Ask
from benchmarks.triton.comparison import compare
from benchmarks.triton.line_contenders import LINE_CONTENDERS, SERVED, ReadPage
from benchmarks.triton.page_parts import PageParts
from ocr_models.types import Image
from ocr_server.stack.triton_process import run_triton


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """texts: what the server reads on each of the lines, once that is known."""

    lines: Sequence[Image]
    texts: dict[int, str] = field(default_factory=dict)

    def remember(self, lines: Sequence[int], texts: Sequence[str]) -> None:
        self.texts.update(zip(lines, texts, strict=True))


@dataclass(slots=True)
class _Agreement:
    """Of how many lines a contender read the text that the server reads."""

    lines: int = 0
    alike: int = 0


async def compare_lines(
    environment: Path,
    repository: Path,
    parts: Sequence[PageParts],
    concurrencies: Sequence[int],
    seconds: float,
    progress: Progress,
) -> dict[str, Any]:
    """Read the lines of pages in every way; see ``compare``. A caller is a page, a latency is a line's.

    A line's time begins when its page's lines are known. environment: Triton's. repository: has ``trocr`` as served.
    """
    pages = [_Page(page.lines) for page in parts]
    agreements = {name: _Agreement() for name in LINE_CONTENDERS}
    async with _open_all(environment, repository) as ways:
        for page in pages:
            await ways[SERVED](page.lines, page.remember)
        found = await compare(
            {name: _asking(read, agreements[name]) for name, read in ways.items()},
            pages,
            baseline=SERVED,
            concurrencies=concurrencies,
            seconds=seconds,
            progress=progress,
            label="lines of pages",
        )
    return {
        "agreement": {name: round(one.alike / one.lines, 4) for name, one in agreements.items()},
        "contenders": found,
    }


@asynccontextmanager
async def _open_all(environment: Path, repository: Path) -> AsyncIterator[dict[str, ReadPage]]:
    """Run a Triton that has what the contenders need and nothing else, and open them."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-triton-")))
        for model, write_model in {one.model: one.write_model for one in LINE_CONTENDERS.values()}.items():
            write_model(repository / "trocr", folder / model)
        triton = await stack.enter_async_context(run_triton(environment, folder, log_path=folder / "triton.log"))
        await triton.wait_ready()
        yield {name: await stack.enter_async_context(one.open(triton.url)) for name, one in LINE_CONTENDERS.items()}


def _asking(read: ReadPage, agreement: _Agreement) -> Ask[_Page]:
    async def ask(page: _Page) -> list[float]:
        latencies_s: dict[int, float] = {}

        def answered(lines: Sequence[int], texts: Sequence[str]) -> None:
            latencies_s.update(dict.fromkeys(lines, time.perf_counter() - started_s))
            agreement.lines += len(lines)
            agreement.alike += sum(page.texts[line] == text for line, text in zip(lines, texts, strict=True))

        started_s = time.perf_counter()
        await read(page.lines, answered)
        return [latencies_s[line] for line in range(len(page.lines))]

    return ask
