"""Draw lines in typefaces that training never sees: ``python -m benchmarks.typeface_lines``.

What they say is what training writes (labels, receipts, invoices, in capitals, small letters and both; half of it
digits and signs), without characters that some contender cannot write. Each line is set once and photographed twice:
``print`` with each kind of damage a third as often as in training, which is what a scan or a decent photo looks
like, and ``damage`` with all of it, which holds lines that nobody can read. Crops keep the camera's own resolution,
13 to about 70 px high: nobody's input size is favoured.

It needs the typefaces that ``python -m export.train.fonts`` fetches and lists in the export environment.
"""

import argparse
import json
import random
from pathlib import Path

import cv2

from benchmarks.dataset import REPOSITORY
from export.train import fonts
from export.train.batch import MAX_CHARACTERS
from export.train.content import Writer
from export.train.degrade import Camera
from export.train.render import Typesetter

FOLDER = REPOSITORY / "logs" / "lines" / "typefaces"
LEVELS = {"print": 0.35, "damage": 1.0}
_SEED = 2_026
# What the dictionaries of PP-OCRv6 small or tiny lack of our alphabet.
_NOT_EVERYBODYS = set("¡‚„‹›№฿ȘșȚț₢₣₥₦₨₯₰₲₳₴₵₶₷₸₻₼₾⃀⎓✓★")


def draw(folder: Path, count: int) -> None:
    """Write ``count`` lines a level as PNG files, and ``records.jsonl`` last. The same for everybody: a fixed seed."""
    families = fonts.unseen_families(fonts.ready())
    typesetters = {name: Typesetter(faces, _SEED) for name, faces in families.items()}
    writer, choose = Writer(_SEED, fonts.word_lists()), random.Random(_SEED)
    cameras = {level: Camera(_SEED, strength) for level, strength in LEVELS.items()}
    for level in LEVELS:
        (folder / level).mkdir(parents=True, exist_ok=True)
    records: list[str] = []
    while len(records) < count * len(LEVELS):
        family = choose.choice(list(families))
        ink = typesetters[family].set(writer.line(MAX_CHARACTERS))
        if _NOT_EVERYBODYS & set(ink.text):
            continue
        for level, camera in cameras.items():
            image = f"{level}/{len(records) // len(LEVELS):04d}.png"
            cv2.imwrite(str(folder / image), camera.photograph(ink))
            record = {"image": image, "level": level, "family": family, "text": " ".join(ink.text.split())}
            records.append(json.dumps(record, ensure_ascii=False))
    (folder / "records.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they go (default: %(default)s)")
    parser.add_argument("--count", type=int, default=1_000, help="lines of each level")
    options = parser.parse_args()
    draw(options.folder, options.count)


if __name__ == "__main__":
    main()
