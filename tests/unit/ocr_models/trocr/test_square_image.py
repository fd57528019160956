import numpy as np
import pytest
from PIL import Image as PillowImage

from ocr_models.trocr.square_image import to_square

FILTERS = {"bilinear": PillowImage.Resampling.BILINEAR, "bicubic": PillowImage.Resampling.BICUBIC}


@pytest.mark.parametrize("interpolation", list(FILTERS))
@pytest.mark.parametrize(("height", "width"), [(9, 60), (30, 300), (48, 1200), (60, 100), (90, 500), (200, 900)])
def test_pixels_are_those_of_pillow(interpolation: str, height: int, width: int) -> None:
    crop = np.random.default_rng(height).integers(0, 256, (height, width, 3)).astype(np.uint8)
    ours = to_square(crop, 64, 96, interpolation).astype(int)
    theirs = np.asarray(PillowImage.fromarray(crop).resize((96, 64), FILTERS[interpolation])).astype(int)
    assert np.abs(ours - theirs).max() <= 1
    assert (ours == theirs).mean() > 0.98
