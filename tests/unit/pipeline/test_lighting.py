"""A page in bad light is mended; one in good light is let be."""

import cv2
import numpy as np
import pytest

from ocr_models.types import Image, Quads
from ocr_server.pipeline.lighting import lift_shadows, stretch_contrast


def paper_of(image: Image) -> np.ndarray:
    """Brightness of the paper: the page with its writing closed over."""
    return cv2.morphologyEx(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.MORPH_CLOSE, np.ones((51, 51), np.uint8))


def shaded(page: Image, darkest: float) -> Image:
    """The page with its lower part in a shadow that leaves a share of the light."""
    down = np.linspace(0, 1, page.shape[0])[:, None, None]
    return (page * (darkest + (1 - darkest) / (1 + np.exp(20 * (down - 0.5))))).astype(np.uint8)


def test_a_deep_shadow_is_lifted(printed_page: tuple[Image, Quads]) -> None:
    lifted = lift_shadows(shaded(printed_page[0], darkest=0.2))
    assert lifted is not None
    assert np.ptp(paper_of(lifted)) < 30
    assert lifted.min() < 60  # the ink stays dark


@pytest.mark.parametrize("darkest", [1.0, 0.6, 0.35])
def test_light_good_enough_to_read_in_is_let_be(printed_page: tuple[Image, Quads], darkest: float) -> None:
    assert lift_shadows(shaded(printed_page[0], darkest)) is None


def test_lifting_keeps_the_hue_of_ink(printed_page: tuple[Image, Quads]) -> None:
    page = printed_page[0].copy()
    page[page[..., 0] < 128] = (160, 40, 40)
    lifted = lift_shadows(shaded(page, darkest=0.2))
    assert lifted is not None
    inked = lifted[lifted[..., 1] < 90]
    assert len(inked) > 100
    assert (inked[:, 0].astype(int) - inked[:, 1]).mean() > 40


@pytest.mark.parametrize(("share", "offset"), [(0.06, 0), (0.07, 190)])
def test_faint_ink_is_made_dark(printed_page: tuple[Image, Quads], share: float, offset: int) -> None:
    stretched = stretch_contrast((printed_page[0] * share + offset).astype(np.uint8))
    assert stretched is not None
    ink, paper = np.percentile(stretched, (1, 90))
    assert ink < 30
    assert paper > 220


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
def test_contrast_good_enough_to_read_is_let_be(printed_page: tuple[Image, Quads], share: float) -> None:
    assert stretch_contrast((printed_page[0] * share).astype(np.uint8)) is None


@pytest.mark.parametrize("value", [0, 1, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (300, 200)])
def test_a_blank_page_has_nothing_to_mend(shape: tuple[int, int], value: int) -> None:
    blank = np.full((*shape, 3), value, np.uint8)
    assert lift_shadows(blank) is None
    assert stretch_contrast(blank) is None
