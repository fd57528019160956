"""How large a page may be, whatever file it comes from."""

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.settings import Limits

# OpenCV's warps count coordinates in 16 bits.
MAX_SIDE_PX = 32_000


def check_size(width_px: int, height_px: int, limits: Limits) -> None:
    """Raises InvalidImage for a picture without pixels and ImageTooLarge for one with too many."""
    if width_px < 1 or height_px < 1:
        raise InvalidImage(f"The image is {width_px} x {height_px} pixels: there is nothing to read.")
    pixels = width_px * height_px
    if pixels > limits.max_image_pixels:
        raise ImageTooLarge(
            f"The image has {pixels:,} pixels; at most {limits.max_image_pixels:,} are read. Scale it down."
        )
    if max(width_px, height_px) > MAX_SIDE_PX:
        raise ImageTooLarge(
            f"The image is {width_px:,} x {height_px:,} pixels; at most {MAX_SIDE_PX:,} a side are read. Cut it."
        )
