"""The engines to compare with, as they ship, but for the thread limit: ``python -m benchmarks.readers.peers NAME``."""

import argparse
import os
import subprocess
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.readers.loop import answer_pages


def open_faster_paddle(size: str, threads: int) -> tuple[str, Callable[[Path], str]]:
    """PP-OCRv6 small or tiny in Rust, its weights inside the package."""
    from faster_paddle import OcrEngine  # type: ignore[import-not-found]  # in the peers' environment only

    engine = OcrEngine(model_size=size, threads=threads)

    def read(path: Path) -> str:
        return "\n".join(line["text"] for line in engine.ocr(path.read_bytes())["bounds"].values())

    return f"faster-paddle {version('faster-paddle')}, PP-OCRv6 {size}", read


def open_rapidocr(threads: int) -> tuple[str, Callable[[Path], str]]:
    """PP-OCRv6 small, its default. Without the angle classifier, which only costs on upright pages."""
    from rapidocr import RapidOCR  # type: ignore[import-not-found]

    engine = RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(path: Path) -> str:
        return "\n".join(engine(path.read_bytes()).txts or ())

    return f"rapidocr {version('rapidocr')}, PP-OCRv6 small", read


def open_tesseract(threads: int) -> tuple[str, Callable[[Path], str]]:
    """Tesseract's command, a process a page; page segmentation mode 6 is its best on receipts."""
    environment = os.environ | {"OMP_THREAD_LIMIT": str(threads)}

    def run(*arguments: str) -> str:
        command = ["tesseract", *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    return run("--version").splitlines()[0], lambda path: run(str(path), "stdout", "--psm", "6")


PEERS = {
    "faster-paddle small": partial(open_faster_paddle, "small"),
    "faster-paddle tiny": partial(open_faster_paddle, "tiny"),
    "rapidocr": open_rapidocr,
    "tesseract": open_tesseract,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    answer_pages(*PEERS[options.name](options.threads))


if __name__ == "__main__":
    main()
