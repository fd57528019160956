"""How many barcodes are decoded, how many wrongly, and what that costs: the pipeline beside its readers alone.

    python -m benchmarks.barcodes FOLDER [--pages FOLDER] [--every N] [--show]

FOLDER holds a folder a set, as zxing-cpp's ``test/samples`` does: images, each with its content beside it in a
file of the same name ending in ``.txt`` (text) or ``.bin`` (bytes). Sets whose name starts with ``falsepositives``
hold images without a barcode; other images without a file are left out. ``--pages`` adds a folder of documents
to see what barcodes cost on pages that mostly have none, and what is found there.

An image counts as decoded if its content is among the barcodes found, and as wrong if any other content is.
A UPC-A is compared as the EAN-13 it stands for, and add-on symbols are set aside. Times are CPU milliseconds.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from PIL import Image as PillowImage

from benchmarks.report import write
from ocr_models.types import Image
from ocr_server.adapters.embedded.barcodes import LibraryReader, open_barcode_readers
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.domain.barcode import Barcode, Symbology
from ocr_server.domain.geometry import Homography
from ocr_server.domain.gtin import expand_upc_e
from ocr_server.pipeline.barcodes import read_barcodes
from ocr_server.ports import BarcodeReader, BarcodeReading

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}

Found = Barcode | BarcodeReading
Look = Callable[[Image], Awaitable[list[Found]]]


@dataclass(frozen=True)
class Sample:
    """An image and what it encodes; None for an image without a barcode."""

    path: Path
    content: bytes | None


@dataclass
class Score:
    """Counts over the samples, and the CPU time of each."""

    decoded: int = 0
    wrong: int = 0
    false_positives: int = 0
    cpu_ms: list[float] = field(default_factory=list)


async def main() -> None:
    options = _parse_arguments()
    cv2.setNumThreads(1)
    samples = list(find_samples(options.folder))
    compute = CpuPool(1)
    result: dict[str, object] = {
        "positives": sum(sample.content is not None for sample in samples),
        "negatives": sum(sample.content is None for sample in samples),
    }
    print(f"{'':24}{'decoded':>8}{'wrong':>8}{'false':>8}{'median ms':>11}{'mean ms':>9}")
    for name, look in contenders(compute).items():
        score = await measure(look, samples, show=name if options.show else "")
        row = {**asdict(score), "median_ms": median(score.cpu_ms), "mean_ms": sum(score.cpu_ms) / len(score.cpu_ms)}
        del row["cpu_ms"]
        result[name] = row
        print(
            f"{name:24}{score.decoded:8}{score.wrong:8}{score.false_positives:8}"
            f"{row['median_ms']:11.2f}{row['mean_ms']:9.2f}"
        )
    if options.pages:
        pages = [Sample(path, None) for path in sorted(options.pages.rglob("*")) if path.suffix.lower() in SUFFIXES]
        score = await measure(contenders(compute)["pipeline, page"], pages[:: options.every], show="pages")
        result["pages"] = {
            "pages": len(score.cpu_ms),
            "with_barcodes": score.false_positives,
            "median_ms": median(score.cpu_ms),
            "mean_ms": sum(score.cpu_ms) / len(score.cpu_ms),
        }
        print(f"pages: {result['pages']}")
    await compute.close()
    write("barcodes", result)


def contenders(compute: CpuPool) -> dict[str, Look]:
    """Return what is measured, by name."""
    readers = open_barcode_readers(compute)

    async def pipeline(image: Image, *, thorough: bool) -> list[Found]:
        return [*await read_barcodes(image, Homography.identity(), 1, readers, compute, thorough=thorough)]

    def alone(reader: BarcodeReader) -> Look:
        async def look(image: Image) -> list[Found]:
            return [*await reader.read_barcodes(image)]

        return look

    return {
        "pipeline, barcodes only": lambda image: pipeline(image, thorough=True),
        "pipeline, page": lambda image: pipeline(image, thorough=False),
        **{reader.name: alone(reader) for reader in readers if isinstance(reader, LibraryReader)},
    }


async def measure(look: Look, samples: list[Sample], *, show: str) -> Score:
    """Look at every sample once; print what was wrong under the name ``show``, unless that is empty."""
    score = Score()
    for sample in samples:
        image = read_image(sample.path)
        started_s = time.process_time()
        found = await look(image)
        score.cpu_ms.append((time.process_time() - started_s) * 1000)
        content = sample.content
        matching = [barcode for barcode in found if content is not None and matches(barcode, content)]
        wrong = [barcode for barcode in found if barcode not in matching]
        score.decoded += bool(matching)
        score.wrong += bool(wrong) and content is not None
        score.false_positives += bool(wrong) and content is None
        if show and (wrong or (content is not None and not matching)):
            seen = ", ".join(f"{barcode.symbology.value} {barcode.text!r}" for barcode in wrong) or "nothing"
            print(f"  {show}: {sample.path.parent.name}/{sample.path.name}: {seen}, not {(content or b'')[:40]!r}")
    return score


def matches(found: Found, content: bytes) -> bool:
    """Compare with a truth file in the way the module's docstring says."""
    expected = content.decode("utf-8", errors="replace").strip()
    text = found.text
    if found.symbology in {Symbology.UPC_A, Symbology.UPC_E}:
        text = "0" + (text if found.symbology is Symbology.UPC_A else expand_upc_e(text))
    if found.symbology in {Symbology.UPC_A, Symbology.UPC_E, Symbology.EAN_13} and len(expected) in (15, 18):
        expected = expected[:13]
    return found.raw_value == content or text.replace("\x1d", "").strip() == expected.replace("\x1d", "")


def find_samples(folder: Path) -> Iterator[Sample]:
    """Yield the labelled images and those known to have no barcode."""
    for path in sorted(folder.glob("*/*")):
        truth = next((path.with_suffix(s) for s in (".bin", ".txt") if path.with_suffix(s).exists()), None)
        if path.suffix.lower() not in SUFFIXES:
            continue
        if truth is not None:
            yield Sample(path, truth.read_bytes())
        elif path.parent.name.startswith("falsepositives"):
            yield Sample(path, None)


def read_image(path: Path) -> Image:
    """Return RGB, transparency shown on white."""
    picture = PillowImage.open(path).convert("RGBA")
    paper = PillowImage.new("RGBA", picture.size, "white")
    return np.asarray(PillowImage.alpha_composite(paper, picture).convert("RGB"), dtype=np.uint8)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=Path, help="a folder of documents")
    parser.add_argument("--every", type=int, default=1, help="take every n-th page only")
    parser.add_argument("--show", action="store_true", help="print what was missed or wrong")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
