"""Ink becomes a photographed crop: the paper, the printer, the lens and the file, each as it fails in practice.

Every step that moves ink sideways moves the glyph spans with it.
"""

import random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from export.train.render import Ink
from ocr_models.trocr.line_image import WIDTH_FACTOR, Gray, target_width_px, to_line

Spans = NDArray[np.float32]
Field = NDArray[Any]  # (H, W) of float32, mostly 0 to 1; as wide as OpenCV's own types


# Lines that are clean and small, as PDFs draw them, and their em: 6 points are 8 px at 100 dpi.
_SMALL_SHARE = 0.22
_SMALL_PX = (7.0, 10.0, 24.0)  # least, most frequent, most


class Camera:
    """Draws damages at random; `strength` 0 to 1 is how often they come."""

    def __init__(self, seed: int, strength: float = 1.0) -> None:
        self._random = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._strength = strength

    def shoot(self, ink: Ink) -> tuple[Gray, Spans]:
        """The line image (32, W) of `ink`, and its glyph spans in the pixels of that image."""
        if self._random.random() < _SMALL_SHARE:
            coverage, spans = self._crop(ink)
            image = self._draw_small(coverage, ink.size_px)
        else:
            coverage, spans = self._frame(ink)
            image = self._develop(coverage)
        height, width = coverage.shape
        stretched = self._random.uniform(0.85, 1.15) if self._random.random() < 0.8 else self._random.uniform(0.65, 1.8)
        width_px = target_width_px(height, width, WIDTH_FACTOR * stretched)
        return to_line(image, width_px), spans * np.float32(width_px / width)

    def photograph(self, ink: Ink) -> Gray:
        """The crop (H, W) of `ink` as the camera has it: not yet brought to a network's height, nor stretched."""
        coverage, _ = self._frame(ink)
        return self._develop(coverage)

    def retake(self, crop: Field) -> Gray:
        """A real gray crop (H, W), damaged a little further; its height and width stay nearly the same."""
        if self._sometimes(0.15):
            factor = self._random.uniform(0.55, 0.9)
            size = (max(4, round(crop.shape[1] * factor)), max(8, round(crop.shape[0] * factor)))
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        if self._sometimes(0.15):
            crop = cv2.GaussianBlur(crop, (0, 0), self._random.uniform(0.3, 0.8))
        if self._sometimes(0.15):
            grain = self._noise.standard_normal(crop.shape, dtype=np.float32) * self._random.uniform(2, 25)
            crop = np.clip(crop + grain, 0, 255).astype(np.uint8)
        if self._sometimes(0.15):
            height, width = crop.shape
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), self._random.uniform(-1, 1), 1)
            crop = cv2.warpAffine(crop, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        if self._sometimes(0.03):
            crop = 255 - crop
        return crop.astype(np.uint8)

    def _frame(self, ink: Ink) -> tuple[Field, Spans]:
        """What of the printed line gets into the crop, and how it lies there."""
        coverage, spans = self._crop(ink)
        return self._bend(self._press(coverage, ink.size_px), spans)

    def _develop(self, coverage: Field) -> Gray:
        """What lens, light and file make of it."""
        return self._compress(self._expose(self._wear(self._resample(coverage))))

    def _draw_small(self, coverage: Field, size_px: int) -> Gray:
        """The line as a PDF is drawn for a screen: small, clean, dark on light."""
        height, width = coverage.shape
        least, usual, most = _SMALL_PX
        scale = min(1.0, self._random.triangular(least, most, usual) / size_px)
        size = (max(6, round(width * scale)), max(5, round(height * scale)))
        small = cv2.resize(coverage, size, interpolation=cv2.INTER_AREA)
        dark, light = self._random.uniform(0, 110), self._random.uniform(235, 255)
        return np.asarray(light - small * (light - dark), np.uint8)

    # the crop: how a detector cuts a line

    def _crop(self, ink: Ink) -> tuple[Field, Spans]:
        draw, size = self._random, ink.size_px
        top, bottom = float(ink.top_px), float(ink.bottom_px)
        kind = draw.random()
        if kind < 0.75:
            top, bottom = top - draw.uniform(-0.04, 0.2) * size, bottom + draw.uniform(-0.04, 0.2) * size
        else:
            top, bottom = top - draw.uniform(0.1, 0.5) * size, bottom + draw.uniform(0.1, 0.5) * size
        # A dash alone is cut as high as a letter would be.
        lacking = 0.6 * size - (bottom - top)
        if lacking > 0:
            share = draw.random()
            top, bottom = top - lacking * share, bottom + lacking * (1 - share)
        left = ink.spans_px[0, 0] - self._side_margin(size)
        right = ink.spans_px[-1, 1] + self._side_margin(size)
        height, width = max(4, round(bottom - top)), max(6, round(right - left))
        canvas = np.zeros((height, width), np.uint8)
        _paste(canvas, ink.coverage, -round(top), -round(left))
        line_px = ink.bottom_px - ink.top_px
        if self._sometimes(0.12):
            pitch = round(line_px * draw.uniform(1.02, 1.35)) * draw.choice((-1, 1))
            neighbour = np.roll(ink.coverage, draw.randint(3, 60), 1)
            _paste(canvas, neighbour, pitch - round(top), draw.randint(-20, 20) - round(left))
        if self._sometimes(0.05):
            y = int(np.clip(draw.choice((ink.bottom_px - top + 1, height - 2, 1, 0)), 0, height - 1))
            canvas[y : y + draw.randint(1, 2)] = 255
        return canvas.astype(np.float32) / 255, (ink.spans_px - round(left)).astype(np.float32)

    def _side_margin(self, size_px: int) -> float:
        tight, loose = (-2.0, 0.5 * size_px), (0.0, 1.3 * size_px)
        return self._random.uniform(*(tight if self._random.random() < 0.7 else loose))

    # the printer

    def _press(self, coverage: Field, size_px: int) -> Field:
        """Ink that spreads, or a stroke that thins."""
        kind = self._random.random()
        if kind < 0.06:
            return cv2.dilate(coverage, np.ones((3, 3), np.uint8))
        if kind < 0.1 and size_px >= 28:
            return cv2.erode(coverage, np.ones((2, 2), np.uint8))
        return coverage

    def _wear(self, ink: Field) -> Field:
        """Thermal and ribbon faults: speckles, streaks, fading, grain, hard thresholds, stray dots."""
        draw, noise, (height, width) = self._random, self._noise, ink.shape
        kind = draw.random() / max(self._strength, 1e-6)
        if kind < 0.12:
            ink = ink * (noise.random((height, width), dtype=np.float32) > draw.uniform(0.02, 0.25))
        elif kind < 0.2:
            ink = ink * np.clip(noise.normal(0.85, 0.3, (height, 1)), 0.1, 1).astype(np.float32)
        elif kind < 0.26:
            ink = ink * np.clip(noise.normal(0.9, 0.25, (1, width)), 0.1, 1).astype(np.float32)
        elif kind < 0.36:
            ink = ink * (0.3 + 0.7 * self._cloud(height, width))
        if self._sometimes(0.5):
            ink = ink + noise.standard_normal((height, width), dtype=np.float32) * draw.uniform(0.01, 0.16)
        if self._sometimes(0.15):
            ink = 1 / (1 + np.exp(-(ink - draw.uniform(0.3, 0.6)) * draw.uniform(8, 40)))
        elif self._sometimes(0.12):
            ink = (ink > draw.uniform(0.3, 0.6)).astype(np.float32)
        if self._sometimes(0.08):
            ink = np.maximum(ink, noise.random((height, width)) < draw.uniform(0.002, 0.03)).astype(np.float32)
        return ink.astype(np.float32)

    # the lens

    def _bend(self, coverage: Field, spans: Spans) -> tuple[Field, Spans]:
        """Skew, italic shear, a page seen from the side, or a line around a bottle."""
        height, width = coverage.shape
        kind = self._random.random() / max(self._strength, 1e-6)
        if kind < 0.25:
            degrees = self._random.uniform(-1.6, 1.6) * min(1.0, 250 / width)
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
            return cv2.warpAffine(coverage, turn, (width, height)), spans
        if kind < 0.32:
            shear = self._random.uniform(-0.2, 0.3)
            slant = np.array([[1, shear, -shear * height / 2], [0, 1, 0]], np.float32)
            return cv2.warpAffine(coverage, slant, (width, height)), spans
        if kind < 0.4:
            return self._perspective(coverage, spans)
        if kind < 0.46:
            sag = self._random.uniform(-0.16, 0.16) * height
            x = np.arange(width, dtype=np.float32)
            lowered = (sag * (4 * (x / width - 0.5) ** 2 - 0.5)).astype(np.float32)
            rows = np.arange(height, dtype=np.float32)[:, None] + lowered[None]
            return cv2.remap(coverage, np.broadcast_to(x, rows.shape).copy(), rows, cv2.INTER_LINEAR), spans
        return coverage, spans

    def _perspective(self, coverage: Field, spans: Spans) -> tuple[Field, Spans]:
        height, width = coverage.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        shift = self._noise.uniform(-0.1, 0.1, (4, 2)) * height
        matrix = cv2.getPerspectiveTransform(corners, corners + shift.astype(np.float32))
        points = np.stack([spans.reshape(-1), np.full(spans.size, height / 2, np.float32)], axis=1)
        moved = cv2.perspectiveTransform(points[None], matrix)[0, :, 0].reshape(spans.shape)
        return cv2.warpPerspective(coverage, matrix, (width, height)), moved.astype(np.float32)

    def _resample(self, coverage: Field) -> Field:
        """Few pixels a letter, and a lens out of focus."""
        height, width = coverage.shape
        if self._sometimes(0.75):
            lines = int(self._random.triangular(13, 48, 24))
            way = self._random.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_AREA))
            coverage = cv2.resize(coverage, (max(4, round(width * lines / height)), lines), interpolation=way)
        if self._sometimes(0.3):
            coverage = cv2.GaussianBlur(coverage, (0, 0), self._random.uniform(0.3, 1.0) * coverage.shape[0] / 24)
        if self._sometimes(0.03):  # a hand that moved
            coverage = cv2.blur(coverage, (max(1, round(coverage.shape[0] * self._random.uniform(0.05, 0.15))), 1))
        return coverage

    # light and file

    def _expose(self, ink: Field) -> Gray:
        """Ink and paper get their brightness; shadows fall; some print is light on dark or on a pattern."""
        height, width = ink.shape
        paper = self._random.uniform(0.55, 1)
        depth = self._random.uniform(0.25, 1) * paper
        light: Field | float = paper
        if self._sometimes(0.1):
            left, right = self._random.uniform(-0.15, 0.15), self._random.uniform(-0.15, 0.15)
            light = paper + np.linspace(left, right, width, dtype=np.float32)
        if self._sometimes(0.08):
            light = light * (0.75 + 0.25 * self._cloud(height, width))
        if self._sometimes(0.05):  # the edge of a shadow
            edge = 1 / (1 + np.exp((np.arange(width) - self._random.uniform(0, width)) / self._random.uniform(2, 30)))
            light = light * (1 - self._random.uniform(0.1, 0.35) * edge.astype(np.float32))
        gray = light - np.clip(ink, -0.3, 1.2) * depth
        if self._sometimes(0.09):
            gray = 1 - gray
        return (np.clip(gray, 0, 1) * 255).astype(np.uint8)

    def _compress(self, gray: Gray) -> Gray:
        if not self._sometimes(0.2):
            return gray
        _, encoded = cv2.imencode(".jpg", gray, (cv2.IMWRITE_JPEG_QUALITY, self._random.randint(20, 80)))
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)

    def _cloud(self, height: int, width: int) -> Field:
        """Smooth random brightness, 0 to 1."""
        coarse = self._noise.random((2, max(2, width // 20)), dtype=np.float32)
        return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)

    def _sometimes(self, probability: float) -> bool:
        return self._random.random() < probability * self._strength


def _paste(canvas: Gray, source: Gray, y: int, x: int) -> None:
    """Keep the darker ink of both, `source` laid with its corner at (x, y); what lies outside is cut."""
    source = source[max(0, -y) :, max(0, -x) :]
    under = canvas[max(0, y) :, max(0, x) :][: source.shape[0], : source.shape[1]]
    np.maximum(under, source[: under.shape[0], : under.shape[1]], out=under)
