"""Barcodes drawn on a page, with the place where each one stands."""

import cv2
import numpy as np
import zxingcpp

from ocr_models.types import Image
from ocr_server.domain.geometry import Homography, Polygon

EAN_13 = "4006381333931"


def draw_symbol(
    text: str,
    symbology: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.EAN13,
    *,
    module_px: int = 3,
    gs1: bool = False,
) -> Image:
    """Return RGB, without quiet zones. GS1 content is written with brackets."""
    barcode = zxingcpp.create_barcode(text, symbology, **({"gs1": True} if gs1 else {}))
    gray = np.array(zxingcpp.write_barcode_to_image(barcode, scale=module_px, add_quiet_zones=False))
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB)


def blank_page(width_px: int = 640, height_px: int = 480) -> Image:
    """White paper."""
    return np.full((height_px, width_px, 3), 255, np.uint8)


def on_page(symbol: Image, degrees_clockwise: float = 0.0, page: Image | None = None) -> tuple[Image, Polygon]:
    """Put a symbol, turned about its middle, onto the middle of a page; return the page and the symbol's place."""
    page = blank_page() if page is None else page
    (height_px, width_px), (page_height_px, page_width_px) = symbol.shape[:2], page.shape[:2]
    turn = cv2.getRotationMatrix2D((width_px / 2, height_px / 2), -degrees_clockwise, 1.0)
    turn[:, 2] += (page_width_px - width_px) / 2, (page_height_px - height_px) / 2
    place = Homography(np.vstack([turn, (0, 0, 1)])).map(Polygon.from_box(0, 0, width_px, height_px))
    between_pixel_centers = turn.copy()  # OpenCV counts from the middle of the first pixel
    between_pixel_centers[:, 2] += turn[:, :2] @ (0.5, 0.5) - 0.5
    shape = (page_width_px, page_height_px)
    drawn = cv2.warpAffine(symbol, between_pixel_centers, shape, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,) * 3)
    return np.minimum(page, drawn), place


def overlap(a: Polygon, b: Polygon) -> float:
    """Intersection over union, 0 to 1; 0 where a polygon does not run clockwise."""
    first, second = (polygon.as_array().astype(np.float32) for polygon in (a, b))
    areas = [cv2.contourArea(quad, oriented=True) for quad in (first, second)]
    if min(areas) <= 0:
        return 0.0
    common = cv2.intersectConvexConvex(first, second)[0]
    return common / (sum(areas) - common)
