"""Whichever way up a page lies, it reads as well as upright, and its polygons land on its text in that picture."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import grpc
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from benchmarks.scoring import word_f1
from ocr_server._pb.ocr.v1 import document_pb2, ocr_service_pb2
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub

PDF_DPI = 150
MAX_LOSS = 0.02
SAMPLES = ("receipt.png", "receipt-photo.jpg", "product-label.jpg", "invoice.pdf")
TURNS_DEGREES = (90, 180, 270, -15, -10, -5, 5, 10, 15)  # clockwise

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]


@cache
def sample(path: Path) -> tuple[Picture, tuple[str, ...], Points]:
    """A sample's first page as a picture, the text of its lines and their polygons ``(n, 4, 2)`` in its pixels."""
    truth = json.loads(path.with_suffix(".json").read_text())
    lines = truth["pages"][0]["lines"]
    polygons = np.array([line["polygon"] for line in lines], float)
    if path.suffix == ".pdf":
        picture = pypdfium2.PdfDocument(path)[0].render(scale=PDF_DPI / 72).to_numpy()[..., :3]
        polygons *= PDF_DPI / truth["dpi"]
    else:
        picture = cv2.imread(str(path))
    return picture, tuple(line["text"] for line in lines), polygons


def turned(picture: Picture, polygons: Points, degrees: int) -> tuple[Picture, Points]:
    """Turn both clockwise; a tilted picture lies on a canvas that holds all of it, white around."""
    height, width = picture.shape[:2]
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = np.ceil((np.abs(turn) @ [width, height]).round(6)).astype(int)
    shift = size / 2 - turn @ [width / 2, height / 2]
    if degrees % 90 == 0:
        copy = np.ascontiguousarray(np.rot90(picture, -degrees // 90))
    else:
        # OpenCV counts from the middle of the first pixel, polygons from its corner.
        matrix = np.column_stack([turn, turn @ [0.5, 0.5] + shift - 0.5])
        copy = cv2.warpAffine(picture, matrix, size.tolist(), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return copy, polygons @ turn.T + shift


async def read(channel: grpc.aio.Channel, picture: Picture) -> Sequence[document_pb2.Line]:
    request = ocr_service_pb2.RecognizeRequest(image=cv2.imencode(".png", picture)[1].tobytes())
    (page,) = (await OcrServiceStub(channel).Recognize(request)).document.pages
    assert (page.width_px, page.height_px) == picture.shape[1::-1]
    return page.lines


def score(lines: Sequence[document_pb2.Line], truth: Sequence[str]) -> float:
    return word_f1("\n".join(line.text for line in lines), "\n".join(truth))


def squeezed(text: str) -> str:
    return text.upper().replace(" ", "")


def lands_on(line: document_pb2.Line, polygon: Points) -> bool:
    """Whether the read line covers half of this polygon and more, and runs the same way."""
    vertices = np.array([(vertex.x, vertex.y) for vertex in line.polygon.vertices])
    shared, _ = cv2.intersectConvexConvex(vertices.astype(np.float32), polygon.astype(np.float32))
    along, expected = vertices[1] - vertices[0], polygon[1] - polygon[0]
    cosine = along @ expected / (np.linalg.norm(along) * np.linalg.norm(expected))
    return bool(shared > 0.5 * cv2.contourArea(polygon.astype(np.float32)) and cosine > 0.97)


@pytest.fixture(scope="module")
def upright_scores() -> dict[str, float]:
    """Scores of the samples as they are; each is read once."""
    return {}


@pytest.mark.parametrize("degrees", TURNS_DEGREES)
@pytest.mark.parametrize("name", SAMPLES)
async def test_a_turned_copy_reads_as_well_and_lands_on_its_text(
    channel: grpc.aio.Channel, samples: Path, upright_scores: dict[str, float], name: str, degrees: int
) -> None:
    picture, truth, polygons = sample(samples / name)
    if name not in upright_scores:
        upright_scores[name] = score(await read(channel, picture), truth)
    assert upright_scores[name] > 0.95

    copy, expected = turned(picture, polygons, degrees)
    lines = await read(channel, copy)

    assert abs(score(lines, truth) - upright_scores[name]) <= MAX_LOSS
    recognized = [
        [lands_on(line, polygon) for line in lines if squeezed(line.text) == squeezed(text)]
        for text, polygon in zip(truth, expected, strict=True)
    ]
    seen = [landed for landed in recognized if landed]
    assert len(seen) > 0.8 * len(truth)
    assert all(any(landed) for landed in seen)
