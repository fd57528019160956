import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.tiff_directory import IMAGE_WIDTH, exif_orientation, read_directories
from tests.unit.pipeline.image_files import encode, exif_block, page, tiff_entries, tiff_file

DATA = bytes(100)


def test_directories_are_read_in_order() -> None:
    content = tiff_file(tiff_entries(10, 20, 100), tiff_entries(30, 40, 100), data=DATA)
    assert [directory.number(IMAGE_WIDTH) for directory in read_directories(content, at_most=2)] == [10, 30]


def test_big_tiff_and_big_endian_are_read_alike() -> None:
    assert read_directories(encode(page(), "TIFF", big_tiff=True), at_most=1)[0].number(IMAGE_WIDTH) == 96
    big_endian = b"MM\x00\x2a" + struct.pack(">IHHHIHHI", 8, 1, IMAGE_WIDTH, 3, 1, 77, 0, 0)
    assert read_directories(big_endian, at_most=1)[0].number(IMAGE_WIDTH) == 77


def test_a_tag_that_is_not_there_has_the_default() -> None:
    (directory,) = read_directories(tiff_file(tiff_entries(1, 1, 100), data=DATA), at_most=1)
    assert directory.number(40_000, 5) == 5


def test_one_directory_more_than_allowed_is_refused() -> None:
    content = tiff_file(*[tiff_entries(1, 1, 100)] * 3, data=DATA)
    assert len(read_directories(content, at_most=3)) == 3
    with pytest.raises(ImageTooLarge, match="more than 2 pages"):
        read_directories(content, at_most=2)


def test_a_loop_is_refused() -> None:
    with pytest.raises(InvalidImage, match="loop"):
        read_directories(tiff_file(tiff_entries(1, 1, 100), data=DATA, loop=True), at_most=100)


@pytest.mark.parametrize("offset", [10_000, 2**32 - 1])
def test_an_offset_past_the_end_is_a_truncated_file(offset: int) -> None:
    with pytest.raises(InvalidImage, match="truncated"):
        read_directories(b"II\x2a\x00" + struct.pack("<I", offset), at_most=1)


def test_a_big_tiffs_offset_may_not_exceed_what_an_index_can_hold() -> None:
    with pytest.raises(InvalidImage, match="truncated"):
        read_directories(b"II\x2b\x00\x08\x00\x00\x00" + struct.pack("<Q", 2**64 - 1), at_most=1)


def test_entries_that_share_their_bytes_may_not_claim_more_than_the_file_has() -> None:
    shared = [(1000 + number, 1, 100, 8) for number in range(5)]
    with pytest.raises(InvalidImage, match="claim more bytes than the file has"):
        read_directories(tiff_file([*tiff_entries(1, 1, 100), *shared], data=DATA), at_most=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_tells_the_orientation(orientation: int) -> None:
    assert exif_orientation(exif_block(orientation)) == orientation


@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda tail: b"II\x2a\x00\x08\x00\x00\x00" + tail))
def test_no_exif_block_is_too_damaged_for_an_orientation(exif: bytes) -> None:
    assert 1 <= exif_orientation(exif) <= 8
