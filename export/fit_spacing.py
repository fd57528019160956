"""Fit the weights in ``ocr_models/spacing.py`` on ground-truth lines, and check them on other pages.

    python export/fit_spacing.py --data FOLDER [--lines 1500]

FOLDER holds ``records.jsonl``, one page a line:
``{"image": path, "lines": [{"polygon": [[x, y], ...], "text": ...}]}``.

Half of the pages are for fitting, half for checking. Prints the weights, and word F1 without letter case on the
other half with the network's own spaces, with the weights in the code and with the new ones.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.ctc_recognizer import CtcRecognizer, LocatedText
from ocr_models.spacing import find_spaces

MODEL = Path(__file__).resolve().parent.parent / "model_repository/line_recognizer_ctc/1/model.onnx"
MARGIN_PX = 2
SEED = 1

Line = tuple[LocatedText, str]


def main() -> int:
    """Fit, check, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=1500, help="how many lines to fit on, and how many to check on")
    arguments = parser.parse_args()
    pages = [json.loads(record) for record in (arguments.data / "records.jsonl").read_text().splitlines()]
    random.Random(SEED).shuffle(pages)
    half = len(pages) // 2
    recognizer = CtcRecognizer(MODEL)
    fitting = _locate(recognizer, arguments.data, pages[:half], arguments.lines)
    checking = _locate(recognizer, arguments.data, pages[half:], arguments.lines)
    weights, bias = _fit(fitting)
    print("WEIGHTS", np.round(weights, 2).tolist(), "BIAS", round(bias, 2))
    print(f"the network's own spaces: {_word_f1(checking, lambda gaps: gaps[:, 0] > 0):.4f}")
    print(f"with the weights in code: {_word_f1(checking, find_spaces):.4f}")
    print(f"with the new weights:     {_word_f1(checking, lambda gaps: gaps @ weights + bias > 0):.4f}")
    return 0


def _locate(recognizer: CtcRecognizer, folder: Path, pages: Sequence[dict], count: int) -> list[Line]:
    places = [(page, line) for page in range(len(pages)) for line in range(len(pages[page]["lines"]))]
    chosen = sorted(random.Random(SEED).sample(places, min(count, len(places))))
    lines = []
    for page, line in chosen:
        image = cv2.cvtColor(cv2.imread(str(folder / pages[page]["image"])), cv2.COLOR_BGR2RGB)
        truth = pages[page]["lines"][line]
        polygon = np.array(truth["polygon"], int)
        left, top = np.maximum(polygon.min(axis=0) - MARGIN_PX, 0)
        right, bottom = polygon.max(axis=0) + MARGIN_PX
        (located,) = recognizer.locate([image[top:bottom, left:right]])
        lines.append((located, truth["text"]))
    return lines


def _fit(lines: Sequence[Line], ridge: float = 1.0) -> tuple[NDArray[np.float64], float]:
    """Logistic regression by Newton's method, of the gaps whose both characters were read as annotated."""
    features, labels = [], []
    for located, truth in lines:
        words = truth.lower().split()
        starts = set(np.cumsum([len(word) for word in words]).tolist())
        matcher = SequenceMatcher(None, located.text.lower(), "".join(words), autojunk=False)
        for block in matcher.get_matching_blocks():
            for offset in range(block.size - 1):
                features.append([*located.gap_features[block.a + offset], 1.0])
                labels.append(block.b + offset + 1 in starts)
    x, y = np.array(features, np.float64), np.array(labels, np.float64)
    weights = np.zeros(x.shape[1])
    penalty = np.diag([ridge] * (x.shape[1] - 1) + [0.0])
    for _ in range(30):
        probability = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (probability * (1 - probability))[:, None]).T @ x + penalty
        weights += np.linalg.solve(hessian, x.T @ (y - probability) - penalty @ weights)
    return weights[:-1], float(weights[-1])


def _word_f1(lines: Sequence[Line], find: Callable[[NDArray[np.float32]], NDArray[np.bool_]]) -> float:
    found = expected = common = 0
    for located, truth in lines:
        spaces = np.append(find(located.gap_features), False) if located.text else []
        text = "".join(c + " " * bool(space) for c, space in zip(located.text, spaces, strict=True))
        ours, theirs = Counter(text.lower().split()), Counter(truth.lower().split())
        found, expected = found + ours.total(), expected + theirs.total()
        common += (ours & theirs).total()
    return 2 * common / (found + expected)


if __name__ == "__main__":
    sys.exit(main())
