"""Fit how sure a TrOCR model is to how often it is right: ``python -m export.calibrate MODEL --receipts FOLDER``.

MODEL is a folder that ``export/trocr`` wrote; "calibration" in its model.json is set. FOLDER holds receipts with their
ground truth (see ``export.train.real``), of which those are taken that training never sees; as many rendered lines in
typefaces that training never sees join them. The truth of receipts is in capitals: letter case does not count there.

What is printed is measured out of fold: a receipt is judged by weights that were fitted without it. ECE is the expected
calibration error over 15 bins of equal width, and over 15 bins that hold equally many.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from export.measures import expected_calibration_error
from export.train import fonts, real
from export.train.batch import MAX_CHARACTERS
from export.train.content import Writer
from export.train.degrade import Camera
from export.train.render import Typesetter
from ocr_models.trocr.calibration import Calibration, Logistic
from ocr_models.trocr.reading import LineReading, line_features, word_features
from ocr_models.trocr.recognizer import TrocrRecognizer
from ocr_models.types import Image

FOLDS = 5
_SEED = 7
_STRENGTH = 0.5  # half of training's damage: some of those lines nobody can read
_RIDGE = 0.1

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A crop and what it says; lines of one group share a fold."""

    crop: Image
    text: str
    group: str
    cased: bool


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Lines or words that were read: features (n, 4), whether each is right (n,), its fold, whether it is rendered."""

    features: Rows
    right: NDArray[np.bool_]
    fold: NDArray[np.int64]
    rendered: NDArray[np.bool_]


def main() -> None:
    """Read, fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--receipts", type=Path, required=True)
    parser.add_argument("--precision", default="int8")
    options = parser.parse_args()
    receipts = _receipts(options.receipts)
    lines = receipts + _rendered(len(receipts))
    readings = _read(TrocrRecognizer(options.model, precision=options.precision), [line.crop for line in lines])
    fitted = {}
    for unit, samples in (("line", _lines(lines, readings)), ("word", _words(lines, readings))):
        print(f"{unit}: {len(samples.right)}, {samples.right.mean():.1%} right")
        _report(samples)
        fitted[unit] = fit(samples.features, samples.right)
        print("  ", fitted[unit])
    path = options.model / "model.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    description["calibration"] = Calibration(fitted["line"], fitted["word"]).to_json()
    path.write_text(json.dumps(description, ensure_ascii=False) + "\n", encoding="utf-8")


def fit(features: Rows, right: NDArray[np.bool_]) -> Logistic:
    """Logistic regression by Newton's method, without features that would make a surer network less sure."""
    kept = np.arange(features.shape[1])
    while True:
        weights = _newton(np.column_stack([features[:, kept], np.ones(len(features))]), right.astype(np.float64))
        if (weights[:-1] >= 0).all():
            break
        kept = np.delete(kept, weights[:-1].argmin())
    whole = np.zeros(features.shape[1])
    whole[kept] = weights[:-1]
    return Logistic(tuple(np.round(whole, 4).tolist()), round(float(weights[-1]), 4))


def _newton(x: Rows, y: Rows) -> Rows:
    weights = np.zeros(x.shape[1])
    penalty = np.diag([_RIDGE] * (x.shape[1] - 1) + [0.0])
    for _ in range(40):
        probability = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (probability * (1 - probability))[:, None]).T @ x + penalty
        weights += np.linalg.solve(hessian, x.T @ (y - probability) - penalty @ weights)
    return weights


def _report(samples: Samples) -> None:
    confidences = np.zeros(len(samples.right))
    for fold in range(FOLDS):
        here = samples.fold == fold
        judge = fit(samples.features[~here], samples.right[~here])
        confidences[here] = judge(samples.features[here])
    uncalibrated = 1 / (1 + np.exp(-samples.features[:, 0]))
    for name, chosen in (
        ("receipts", ~samples.rendered),
        ("rendered", samples.rendered),
        ("all", samples.rendered >= 0),
    ):
        right = samples.right[chosen]
        errors = [
            expected_calibration_error(each[chosen], right, equal_mass=equal_mass)
            for each in (uncalibrated, confidences)
            for equal_mass in (False, True)
        ]
        print(f"   {name:8} ECE {errors[2]:.3f} (equal mass {errors[3]:.3f}); before {errors[0]:.3f} ({errors[1]:.3f})")


def _receipts(folder: Path) -> list[Line]:
    _, held_out = real.load(folder)
    return [Line(real.crop_in_colour(line), line.text, line.page.name, cased=False) for line in held_out]


def _rendered(count: int) -> list[Line]:
    typesetters = [Typesetter(faces, _SEED) for faces in fonts.unseen_families(fonts.ready()).values()]
    writer, camera = Writer(_SEED, fonts.word_lists()), Camera(_SEED, _STRENGTH)
    found = []
    for index in range(count):
        ink = typesetters[index % len(typesetters)].set(writer.line(MAX_CHARACTERS))
        crop = cv2.cvtColor(camera.photograph(ink), cv2.COLOR_GRAY2RGB)
        found.append(Line(np.asarray(crop, np.uint8), ink.text, f"rendered {index}", cased=True))
    return found


def _read(recognizer: TrocrRecognizer, crops: Sequence[Image]) -> list[LineReading]:
    readings: dict[int, LineReading] = {}
    for batch in recognizer.plan_batches(crops):
        readings |= zip(batch, recognizer.look([crops[index] for index in batch]), strict=True)
    return [readings[index] for index in range(len(crops))]


def _words_of(text: str, line: Line) -> list[str]:
    return (text if line.cased else text.upper()).split()


def _folds(groups: Sequence[str]) -> dict[str, int]:
    names = sorted(set(groups))
    return dict(zip(names, np.random.default_rng(_SEED).permutation(len(names)) % FOLDS, strict=True))


def _lines(lines: Sequence[Line], readings: Sequence[LineReading]) -> Samples:
    folds = _folds([line.group for line in lines])
    read = [(line, reading) for line, reading in zip(lines, readings, strict=True) if reading.text]
    return Samples(
        features=np.concatenate([line_features(reading) for _, reading in read]),
        right=np.array([_words_of(reading.text, line) == _words_of(line.text, line) for line, reading in read]),
        fold=np.array([folds[line.group] for line, _ in read]),
        rendered=np.array([line.cased for line, _ in read]),
    )


def _words(lines: Sequence[Line], readings: Sequence[LineReading]) -> Samples:
    folds = _folds([line.group for line in lines])
    features, right, fold, rendered = list[Rows](), list[bool](), list[int](), list[bool]()
    for line, reading in zip(lines, readings, strict=True):
        found = _words_of(reading.text, line)
        matcher = SequenceMatcher(None, found, _words_of(line.text, line), autojunk=False)
        matched = {block.a + place for block in matcher.get_matching_blocks() for place in range(block.size)}
        features += [word_features(reading)] if found else []
        right += [index in matched for index in range(len(found))]
        fold += [folds[line.group]] * len(found)
        rendered += [line.cased] * len(found)
    return Samples(np.concatenate(features), np.array(right), np.array(fold), np.array(rendered))


if __name__ == "__main__":
    main()
