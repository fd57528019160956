import struct
import zlib

import pytest

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.headers import read_bmp, read_jpeg, read_png, read_tiff_page, read_webp
from ocr_server.pipeline.tiff_directory import read_directories
from tests.unit.pipeline.image_files import (
    animated_webp,
    encode,
    exif_block,
    page,
    png_chunk,
    png_file,
    small_file,
    tiff_entries,
    tiff_file,
)

READERS = {"JPEG": read_jpeg, "PNG": read_png, "WebP": read_webp}


@pytest.mark.parametrize("image_format", READERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_read_from_exif(image_format: str, orientation: int) -> None:
    content = encode(page(), image_format, exif=exif_block(orientation))
    assert READERS[image_format](content).orientation == orientation


@pytest.mark.parametrize("image_format", READERS)
def test_damaged_exif_means_upright(image_format: str) -> None:
    content = encode(page(), image_format, exif=exif_block(6)).replace(b"MM\x00\x2a\x00", b"MM\x00\x2a\xff", 1)
    assert READERS[image_format](content).orientation == 1


def test_a_jpegs_metadata_is_left_out_of_its_picture() -> None:
    content = encode(page(), "JPEG", exif=exif_block(6), comment=b"private", icc_profile=b"profile" * 100)
    kept = b"".join(read_jpeg(content).picture)
    assert b"private" not in kept
    assert b"profile" not in kept
    assert b"Exif" not in kept


def test_adobes_segment_stays_for_it_says_how_colours_are_coded() -> None:
    assert b"Adobe" in b"".join(read_jpeg(encode(page().convert("CMYK"), "JPEG")).picture)


def test_a_jpeg_of_many_scans_is_refused() -> None:
    content = encode(page(2000, 2000), "JPEG", progressive=True)
    last_scan = content[content.rfind(b"\xff\xda") : -2]
    with pytest.raises(ImageTooLarge, match=r"stored in \d+ scans"):
        read_jpeg(content[:-2] + last_scan * 300 + content[-2:])


def test_a_large_cmyk_jpeg_is_refused() -> None:
    content = encode(page().convert("CMYK"), "JPEG")
    size = content.index(b"\xff\xc0") + 5
    with pytest.raises(ImageTooLarge, match="CMYK JPEG may have 30,000,000 pixels"):
        read_jpeg(content[:size] + struct.pack(">HH", 6000, 6000) + content[size + 4 :])


def test_a_pngs_metadata_is_left_out_of_its_picture() -> None:
    bomb = png_chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(1 << 20)))
    kept = b"".join(read_png(png_file(4, 4, bomb, pixels=bytes(20))).picture)
    assert b"zTXt" not in kept
    assert b"IDAT" in kept


def test_a_png_of_countless_chunks_is_refused() -> None:
    with pytest.raises(InvalidImage, match="more than 65,536 chunks"):
        read_png(png_file(4, 4, png_chunk(b"teXt") * 70_000, pixels=bytes(20)))


def test_a_png_that_ends_within_a_chunk_is_truncated() -> None:
    with pytest.raises(InvalidImage, match="truncated"):
        read_png(small_file("PNG")[:-20])


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": exif_block(1)}])
def test_every_kind_of_webp_tells_its_size(options: dict[str, object]) -> None:
    header = read_webp(encode(page(97, 63), "WebP", **options))
    assert (header.width_px, header.height_px) == (97, 63)


def test_an_animated_webp_is_refused_and_says_what_to_send() -> None:
    with pytest.raises(InvalidImage, match=r"animation; .* Send a still"):
        read_webp(animated_webp())


def test_a_webp_shorter_than_it_says_is_truncated() -> None:
    with pytest.raises(InvalidImage, match="truncated"):
        read_webp(small_file("WebP")[:-1])


def test_a_bmp_stored_top_down_has_a_positive_height() -> None:
    content = small_file("BMP")
    assert read_bmp(content[:22] + struct.pack("<i", -64) + content[26:]).height_px == 64


def test_a_tiff_tile_larger_than_its_picture_is_refused() -> None:
    entries = [*tiff_entries(100, 100, 8), (322, 4, 1, 30_000), (323, 4, 1, 30_000)]
    with pytest.raises(InvalidImage, match="tile is larger than the picture"):
        read_tiff_page(b"", *read_directories(tiff_file(entries, data=bytes(8)), at_most=1))


def test_a_tiff_of_countless_strips_is_refused() -> None:
    entries = [entry for entry in tiff_entries(100, 100, 8) if entry[0] != 273]
    content = tiff_file([*entries, (273, 4, 70_000, 8)], data=bytes(300_000))
    with pytest.raises(InvalidImage, match="cut into 70,000 strips"):
        read_tiff_page(content, *read_directories(content, at_most=1))
