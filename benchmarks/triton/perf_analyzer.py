"""NVIDIA's perf_analyzer, from the wheel of an older tritonclient in an environment of its own."""

import asyncio
import base64
import csv
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from benchmarks.peers_environment import uv
from ocr_server.stack.environment import TritonEnvironment

_ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv-perf-analyzer"
_WHEEL = "tritonclient==2.50.0"  # the last that brings the program
# What it is linked to and Debian does not have under these names is in Triton's wheel, under others.
_LIBRARIES = {"libb64.so.0d": "libb64-*.so*", "libcudart.so.12": "libcudart-*.so*"}
_LAST_LINES = 3
# It takes windows until three in a row are within so many percent of each other: here always the first three. Its
# --request-count would be simpler, but counts the rest of the second in which the last answer came as work.
_THREE_WINDOWS = ("--stability-percentage", "1000", "--max-trials", "3")

Example = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class PerfAnalyzer:
    """The program, ready to run."""

    program: Path
    libraries: Path

    @classmethod
    def prepare(cls, triton: Path) -> "PerfAnalyzer":
        """Fetch it, the first time, and find its libraries in the environment ``triton``.

        Raises RuntimeError, saying why, if it cannot be had.
        """
        program, libraries = _ENVIRONMENT / "bin/perf_analyzer", _ENVIRONMENT / "lib/linked"
        if not program.exists():
            uv("venv", "--clear", "--python", sys.executable, str(_ENVIRONMENT))
            uv("pip", "install", "--python", str(_ENVIRONMENT / "bin/python"), "--no-deps", _WHEEL)
        packaged = TritonEnvironment.find(triton).triton.parents[1] / "nvidia_pytriton.libs"
        libraries.mkdir(parents=True, exist_ok=True)
        for name, pattern in _LIBRARIES.items():
            link, found = libraries / name, sorted(packaged.glob(pattern))
            if not found:
                raise RuntimeError(f"no {pattern} in {packaged}")
            link.unlink(missing_ok=True)
            link.symlink_to(found[0])
        return cls(program, libraries)

    async def measure(
        self, url: str, model: str, examples: Sequence[Example], *, batch: int, concurrency: int, window: int
    ) -> dict[str, Any]:
        """Let so many callers send requests to a model for three windows of at least so many answers.

        examples: inputs by name, without a batch's dimension. A request takes as many as ``batch`` one after another,
        which must be of one shape, or if that is 0, one of a model that knows no batches.
        Raises RuntimeError with its last words if it fails.
        """
        with tempfile.TemporaryDirectory(prefix="perf-analyzer-") as folder:
            inputs, report = Path(folder) / "inputs.json", Path(folder) / "report.csv"
            inputs.write_text(json.dumps({"data": [_encoded(example) for example in examples]}), encoding="utf-8")
            await self._run(
                *("-m", model, "-i", "grpc", "-u", url, "--async", "-b", str(max(1, batch))),
                *("--input-data", str(inputs), "-f", str(report)),
                *("--concurrency-range", str(concurrency), "--measurement-mode", "count_windows"),
                *("--measurement-request-count", str(window), *_THREE_WINDOWS),
            )
            return read_report(report.read_text(encoding="utf-8"))

    async def _run(self, *arguments: str) -> None:
        environment = {"LD_LIBRARY_PATH": str(self.libraries), "LANG": "C.UTF-8"}
        process = await asyncio.create_subprocess_exec(
            self.program, *arguments, stdout=PIPE, stderr=STDOUT, env=environment
        )
        try:
            said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
            raise RuntimeError(f"perf_analyzer ended with {process.returncode}: {' / '.join(last)}")


def read_report(text: str) -> dict[str, Any]:
    """Figures from its CSV of one concurrency. per_s counts the examples of a batch; all else is of requests."""
    (row,) = csv.DictReader(text.splitlines())
    p50, p95, p99 = (float(row[f"p{share} latency"]) / 1000 for share in (50, 95, 99))
    return {
        "per_s": round(float(row["Inferences/Second"]), 2),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "p99_ms": round(p99, 1),
        "p99_to_p50": round(p99 / p50, 2),
        "queue_ms": round(float(row["Server Queue"]) / 1000, 1),
        "compute_ms": round(float(row["Server Compute Infer"]) / 1000, 1),
    }


def _encoded(example: Example) -> dict[str, Any]:
    return {
        name: {"b64": base64.b64encode(values.tobytes()).decode(), "shape": list(values.shape)}
        for name, values in example.items()
    }
