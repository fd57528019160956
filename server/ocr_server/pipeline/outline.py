"""Finds the four corners of a document that was photographed lying on something."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.types import Image
from ocr_server.domain.geometry import clockwise_from_top_left
from ocr_server.pipeline.shrink import shrink

Floats = NDArray[np.float64]
Lab = NDArray[np.float32]

# The picture is looked at in this size: writing melts into its paper, edges of paper stay.
_LOOK_SIDE_PX = 400
# Smaller is something else on the page; larger leaves nothing to gain.
_MIN_AREA, _MAX_AREA = 0.15, 0.94
# How much of its outline's area a shape fills when it is a sheet and not a heap of things.
_MIN_FILL = 0.94
_MIN_CORNER_DEGREES, _MAX_CORNER_DEGREES = 55, 125
# How far inside and outside of an edge colours are compared, and how far apart (CIE Lab, halved in lightness to
# forgive shadows) paper and ground are.
_STRIP_PX = 6
_MIN_COLOUR_STEP = 9.0
_MIN_SHARE_OF_EDGE = 0.9
# Share of pixels outside that may look like writing: a page whose text goes on outside is not cut.
_MAX_WRITING_OUTSIDE = 0.02
_WRITING_CONTRAST = 28


def find_outline(image: Image) -> NDArray[np.float64] | None:
    """Return the corners (4, 2) of the one sheet of paper in the picture, in pixels, clockwise from the corner
    nearest to the picture's top-left; None where the sheet fills the picture or anything is in doubt.

    In doubt means: no quadrilateral that differs in colour from what surrounds it along all four edges, or
    something like writing outside of it.
    """
    height_px, width_px = image.shape[:2]
    small = shrink(image, _LOOK_SIDE_PX)
    size = small.shape[1::-1]
    if min(size) < 8 * _STRIP_PX:
        return None
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)
    lab[..., 0] /= 2
    for mask in _masks(lab):
        quad = _fit_quad(mask)
        if quad is not None and _stands_out(lab, quad) and not _has_writing_outside(small, quad):
            return np.multiply(quad, (width_px / size[0], height_px / size[1]), dtype=np.float64)
    return None


def _masks(lab: Lab) -> list[NDArray[np.uint8]]:
    """Two guesses at where the sheet is: what differs from the picture's border, and what is bright."""
    edges = (lab[:4], lab[-4:], lab[:, :4], lab[:, -4:])
    border = np.concatenate([edge.reshape(-1, 3) for edge in edges])
    distance = np.linalg.norm(lab - np.median(border, axis=0), axis=2)
    return [_blob(np.clip(channel * 2, 0, 255).astype(np.uint8)) for channel in (distance, lab[..., 0] * 2)]


def _blob(channel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest connected region above Otsu's threshold, its writing filled in."""
    _, bright = cv2.threshold(cv2.GaussianBlur(channel, (5, 5), 0), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    filled = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    mask = cv2.morphologyEx(filled, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if len(stats) < 2:
        return np.zeros_like(channel)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.equal(labels, largest).astype(np.uint8)


def _fit_quad(mask: NDArray[np.uint8]) -> Floats | None:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)
    hull = np.asarray(cv2.convexHull(contour), dtype=np.int32)
    hull_area = cv2.contourArea(hull)
    if not _MIN_AREA <= hull_area / mask.size <= _MAX_AREA or cv2.contourArea(contour) < _MIN_FILL * hull_area:
        return None
    rough = _four_corners(hull)
    if rough is None or cv2.contourArea(rough.astype(np.float32)) < _MIN_FILL * hull_area:
        return None
    quad = clockwise_from_top_left(_sharpen(rough + 0.5, contour.reshape(-1, 2).astype(np.float64) + 0.5))
    return quad if _is_plausible(quad) else None


def _four_corners(hull: NDArray[np.int32]) -> Floats | None:
    length = cv2.arcLength(hull, True)
    for tolerance in (0.01, 0.02, 0.03, 0.05, 0.08):
        corners = cv2.approxPolyDP(hull, tolerance * length, True).reshape(-1, 2)
        if len(corners) == 4:
            return corners.astype(np.float64)
        if len(corners) < 4:
            return None
    return None


def _sharpen(rough: Floats, contour: Floats) -> Floats:
    """Lay a line along each edge's own contour points, and take the corners where the lines meet."""
    lines = []
    for start, end in zip(rough, np.roll(rough, -1, axis=0), strict=True):
        along, position = _along_edge(contour, start, end)
        near = contour[(np.abs(along) < 4) & (position > 0.1) & (position < 0.9)]
        if len(near) < 8:
            return rough
        dx, dy, x, y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append(np.array([dy, -dx, dx * y - dy * x]))
    corners = [np.cross(before, after) for before, after in zip(np.roll(lines, 1, axis=0), lines, strict=True)]
    if min(abs(corner[2]) for corner in corners) < 1e-6:
        return rough
    return np.array([corner[:2] / corner[2] for corner in corners])


def _along_edge(points: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Each point's distance from the line, in pixels, and its position along it, 0 at start and 1 at end."""
    edge = end - start
    length = float(np.hypot(*edge))
    offset = points - start
    return (offset[:, 0] * edge[1] - offset[:, 1] * edge[0]) / length, offset @ edge / length**2


def _is_plausible(quad: Floats) -> bool:
    to_next, to_previous = np.roll(quad, -1, axis=0) - quad, np.roll(quad, 1, axis=0) - quad
    cosines = (to_next * to_previous).sum(axis=1) / np.maximum(
        np.linalg.norm(to_next, axis=1) * np.linalg.norm(to_previous, axis=1), 1e-6
    )
    corners = np.degrees(np.arccos(cosines.clip(-1, 1)))
    return bool((corners > _MIN_CORNER_DEGREES).all() and (corners < _MAX_CORNER_DEGREES).all())


def _stands_out(lab: Lab, quad: Floats) -> bool:
    """Whether colours differ across every edge, nearly all along it. Edges on the picture's own rim are let be,
    but one of them at most: a sheet that touches more is cut off or fills the picture.
    """
    height_px, width_px = lab.shape[:2]
    touching = 0
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        inwards = np.array([start[1] - end[1], end[0] - start[0]]) / max(float(np.hypot(*(end - start))), 1e-6)
        along = start + np.linspace(0.05, 0.95, 40)[:, None] * (end - start)
        outside = along - inwards * _STRIP_PX
        seen = ((outside >= 0) & (outside < [width_px, height_px])).all(axis=1)
        if seen.mean() < 0.5:
            touching += 1
            continue
        steps = np.linalg.norm(_sample(lab, along + inwards * _STRIP_PX) - _sample(lab, outside), axis=1)[seen]
        if (steps > _MIN_COLOUR_STEP).mean() < _MIN_SHARE_OF_EDGE:
            return False
    return touching <= 1


def _sample(lab: Lab, points: Floats) -> Floats:
    limit = np.array(lab.shape[1::-1]) - 1
    x, y = points.astype(int).clip(0, limit).T
    return np.asarray(lab[y, x], dtype=np.float64)


def _has_writing_outside(small: Image, quad: Floats) -> bool:
    """Writing is thin and darker or lighter than the ground around it, on both sides of each stroke."""
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    kernel = np.ones((7, 7), np.uint8)
    thin = np.maximum(
        cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, kernel), cv2.morphologyEx(gray, cv2.MORPH_TOPHAT, kernel)
    )
    sheet = np.zeros(gray.shape, np.uint8)
    cv2.fillConvexPoly(sheet, quad.round().astype(np.int32), 1)
    outside = cv2.dilate(sheet, np.ones((9, 9), np.uint8)) == 0
    return bool(outside.any()) and float((thin[outside] > _WRITING_CONTRAST).mean()) > _MAX_WRITING_OUTSIDE
