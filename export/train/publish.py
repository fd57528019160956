"""Put a trained network, in half precision, where it is kept: ``python -m export.train.publish``.

From there it is exported (``make export MODEL=export/checkpoints/compact-trocr NAME=trocr``) or trained on with
``--init``.
"""

import argparse
from pathlib import Path

from export.train import model

KEPT = Path(__file__).resolve().parents[1] / "checkpoints" / "compact-trocr"


def main() -> None:
    """Read the run's averaged weights, halve, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("logs/train/compact/average"), help="what a run has saved")
    parser.add_argument("--to", type=Path, default=KEPT, help="where it goes (default: %(default)s)")
    options = parser.parse_args()
    model.save(model.load(options.run).half(), options.to)
    size = sum(path.stat().st_size for path in options.to.iterdir())
    print(f"{options.to}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
