"""Damaged files of every format, 504 in all: each is read or refused with a domain error, and nothing else."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_server.domain.errors import InvalidImage
from ocr_server.pipeline.decode import decode_page
from ocr_server.pipeline.validate import inspect
from ocr_server.settings import Limits
from tests.hostile_files import DAMAGES, damage
from tests.unit.pipeline.image_files import FORMATS, variants

LIMITS = Limits(max_image_pixels=2_000_000, max_pages=3)

# Structure stands at the head of most formats: every other edit goes there.
positions = st.integers(0, 255) | st.integers(0, 1 << 20)
edits = st.tuples(
    st.sampled_from(DAMAGES),
    positions,
    st.integers(1, 64),
    st.binary(min_size=1, max_size=8) | st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"]),
)


@st.composite
def damaged(draw: st.DrawFn, image_format: str) -> bytes:
    content = draw(st.sampled_from(variants(image_format)))
    for edit in draw(st.lists(edits, min_size=1, max_size=8)):
        content = damage(content, *edit)
    return content


@pytest.mark.parametrize("image_format", FORMATS)
@settings(max_examples=72, derandomize=True, database=None, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(image_format: str, data: st.DataObject) -> None:
    content = data.draw(damaged(image_format))
    message, pages = "", []
    try:
        source = inspect(content, LIMITS)
        pages = [decode_page(content, source, number, LIMITS) for number in range(1, source.page_count + 1)]
    except InvalidImage as refusal:
        message = str(refusal)
    assert pages or message.endswith(".")
    assert all(0 < page.image.size <= 3 * LIMITS.max_image_pixels for page in pages)


@pytest.mark.parametrize("image_format", FORMATS)
def test_undamaged_files_are_all_read(image_format: str) -> None:
    for content in variants(image_format):
        source = inspect(content, LIMITS)
        assert source.format.value == image_format
        read = partial(decode_page, content, source, limits=LIMITS)
        assert all(read(number).image.std() > 5 for number in range(1, source.page_count + 1))
