"""How a reader talks to the benchmark: a path a line on stdin, one JSON object a line on stdout. Stdlib only."""

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path


def answer_pages(version: str, read: Callable[[Path], str]) -> None:
    """Say that the reader is ready, then answer with each page's text until stdin ends.

    ``version`` names what reads. Everything that libraries print goes to stderr.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(**fields: object) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    answer(version=version)
    for line in sys.stdin:
        text = read(Path(line.rstrip("\n")))
        # A process that a reader starts for each page is gone before anybody could look at its memory.
        children_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        answer(text=text, children_peak_bytes=children_kib * 1024)
