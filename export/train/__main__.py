"""Train the compact TrOCR, or go on training it. `--help` tells the rest; the recipe is in `losses.py`."""

import argparse
import os
from pathlib import Path

from export.train.model import Shape
from export.train.stream import sources
from export.train.trainer import Plan, Trainer


def main() -> None:
    """Read the plan from the command line and carry it out."""
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m export.train", description=__doc__, formatter_class=formatter)
    add = parser.add_argument
    sroie = os.environ.get("SROIE")
    add("--folder", type=Path, default=Path("logs/train/compact"), help="the run's; goes on if begun")
    add("--sroie", type=Path, default=sroie, help="SROIE's training part; none: rendered lines only")
    add("--init", type=Path, help="a smaller trained network to start from (folder written by a run: average/)")
    add("--width", type=int, default=256, help="of the encoder")
    add("--layers", type=int, default=6, help="of the encoder")
    add("--decoder-width", type=int, default=192)
    add("--decoder-layers", type=int, default=2)
    add("--learning-rate", type=float, default=6e-4, help="1e-3 suits a start from nothing")
    add("--real-share", type=float, default=0.35, help="part of the lines that are real")
    add("--columns-per-batch", type=int, default=2304, help="of one process; 24,000 suits a GPU")
    add("--minutes", type=float, default=600)
    add("--cool-down", action="store_true", help="bring the learning rate to zero over the minutes")
    add("--checkpoint-minutes", type=float, default=5)
    add("--evaluate-minutes", type=float, default=15)
    add("--threads", type=int, default=1, help="torch threads of one process")
    add("--renderers", type=int, default=0, help="processes that draw lines beside training; a GPU wants all cores")
    given = vars(parser.parse_args())
    shape = Shape(*(given.pop(name) for name in ("width", "layers", "decoder_width", "decoder_layers")))
    found = sources(given.pop("sroie"))
    Trainer(Plan(shape=shape, **given), found).run()


if __name__ == "__main__":
    main()
