"""Kills everything at random moments while jobs are submitted and watched, and judges what is left.

    python -m tests.chaos --seed 7 --jobs 200        or: make chaos SEED=7 JOBS=200

Exits with 1 if anything was lost, invented or done twice, or if a watcher missed something.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.chaos.run import run


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7, help="tells what is submitted and what is killed")
    parser.add_argument("--jobs", type=int, default=200, help="how many jobs; more of them, more is killed")
    parser.add_argument("--folder", type=Path, help="keeps the data and the logs; a temporary one if not given")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ocr-chaos-") as temporary:
        report = asyncio.run(run(arguments.seed, arguments.jobs, arguments.folder or Path(temporary), Console()))
    print(report.last_line)
    sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    main()
