import zlib

import numpy as np
import pytest
from PIL import Image as PillowImage

from ocr_models.types import Image
from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.decode import DecodedPage, decode_page
from ocr_server.pipeline.validate import inspect
from ocr_server.settings import Limits
from tests.hostile_files import repeated_tile
from tests.unit.pipeline.image_files import (
    FORMATS,
    encode,
    exif_block,
    page,
    png_16_bit,
    png_chunk,
    png_file,
    small_file,
    tiff_entries,
    tiff_file,
)

LIMITS = Limits()
LOSSY = {"JPEG", "WebP", "HEIC"}


def decode(content: bytes, page_number: int = 1) -> DecodedPage:
    return decode_page(content, inspect(content, LIMITS), page_number, LIMITS)


def distance(image: Image, picture: PillowImage.Image) -> float:
    """Mean difference of the samples."""
    expected = np.asarray(picture.convert("RGB")).astype(int)
    assert image.shape == expected.shape
    return float(np.abs(image - expected).mean())


@pytest.mark.parametrize("image_format", [name for name in FORMATS if name != "PDF"])
def test_every_format_gives_the_picture(image_format: str) -> None:
    decoded = decode(small_file(image_format))
    assert decoded.image.dtype == np.uint8
    assert decoded.image.flags.c_contiguous
    assert distance(decoded.image, page()) <= (4 if image_format in LOSSY else 0)
    assert (decoded.page_number, decoded.render_dpi, decoded.text_lines) == (1, 0, ())


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_every_tiff_compression_gives_the_picture(compression: str) -> None:
    assert distance(decode(encode(page(), "TIFF", compression=compression)).image, page()) < 4


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_fax_compression_gives_the_picture(compression: str) -> None:
    picture = page().convert("1")
    assert distance(decode(encode(picture, "TIFF", compression=compression)).image, picture) == 0


def test_every_page_of_a_tiff_is_decoded() -> None:
    pages = [PillowImage.new("RGB", (9, 9 + number), (80 * number, 0, 0)) for number in range(3)]
    content = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    for number, picture in enumerate(pages, 1):
        decoded = decode(content, number)
        assert decoded.page_number == number
        assert distance(decoded.image, picture) == 0


@pytest.mark.parametrize("mode", ["L", "P", "1"])
@pytest.mark.parametrize("image_format", ["PNG", "BMP", "TIFF"])
def test_gray_palette_and_bilevel_become_rgb(image_format: str, mode: str) -> None:
    picture = page().convert(mode)
    assert distance(decode(encode(picture, image_format)).image, picture) == 0


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(image_format: str) -> None:
    assert distance(decode(encode(page().convert("CMYK"), image_format)).image, page()) < 4


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "WebP", "HEIC"])
def test_what_is_transparent_lies_on_white_paper(image_format: str) -> None:
    picture = PillowImage.new("RGBA", (32, 32), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 32, 16))
    options = {"lossless": True} if image_format == "WebP" else {}
    image = decode(encode(picture, image_format, **options)).image
    assert image[:14].max() < 16
    assert image[18:].min() > 239


def test_a_transparent_colour_of_a_palette_lies_on_white_paper() -> None:
    picture = PillowImage.new("P", (8, 8), 3)
    picture.putpalette([0, 0, 0] * 256)
    assert decode(encode(picture, "PNG", transparency=3)).image.min() == 255


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
def test_sixteen_bits_keep_their_brightness(shape: tuple[int, ...]) -> None:
    for value in (0, 0x8000, 0xFFFF):
        image = decode(png_16_bit(np.full(shape, value, np.uint16))).image
        assert abs(int(image.mean()) - value // 257) <= 1


def test_thirty_two_bits_a_sample_are_refused() -> None:
    content = encode(PillowImage.fromarray(np.zeros((8, 8), np.float32)), "TIFF")
    with pytest.raises(InvalidImage, match=r"32 bits a sample.*Store it with 8 or 16"):
        decode(content)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WebP", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_set_upright_as_exif_says(image_format: str, orientation: int) -> None:
    ways = PillowImage.Transpose
    stored_as = {
        1: (),
        2: (ways.FLIP_LEFT_RIGHT,),
        3: (ways.ROTATE_180,),
        4: (ways.FLIP_TOP_BOTTOM,),
        5: (ways.TRANSPOSE,),
        6: (ways.ROTATE_90,),
        7: (ways.TRANSVERSE,),
        8: (ways.ROTATE_270,),
    }
    stored = page()
    for way in stored_as[orientation]:
        stored = stored.transpose(way)
    content = encode(stored, image_format, exif=exif_block(orientation))
    assert distance(decode(content).image, page()) < 4


@pytest.mark.parametrize("image_format", [name for name in FORMATS if name != "PDF"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(image_format: str, kept: float) -> None:
    content = small_file(image_format)
    with pytest.raises(InvalidImage, match="truncated"):
        decode(content[: int(kept * len(content))])


def test_a_truncated_progressive_jpeg_is_refused() -> None:
    content = encode(page(), "JPEG", progressive=True)
    with pytest.raises(InvalidImage, match="truncated"):
        decode(content[: len(content) * 3 // 4])


def test_too_few_pixels_behind_a_good_head_are_refused() -> None:
    strip = zlib.compress(bytes(100))
    for content in (png_file(400, 400, pixels=bytes(2000)), tiff_file(tiff_entries(400, 400, len(strip)), data=strip)):
        with pytest.raises(InvalidImage, match="truncated or damaged"):
            decode(content)


def test_a_tiff_that_repeats_its_scans_is_refused() -> None:
    content = encode(page().convert("L"), "JPEG", progressive=True)
    last_scan = content[content.rfind(b"\xff\xda") : -2]
    for repeats, readable in ((0, True), (60, False)):
        strip = content[:-2] + last_scan * repeats + content[-2:]
        gray = tiff_entries(96, 64, len(strip), compression=7)
        file = tiff_file(gray, data=strip)
        if readable:
            assert decode(file).image.shape == (64, 96, 3)
        else:
            with pytest.raises(InvalidImage, match="truncated or damaged"):
                decode(file)


def test_metadata_that_unpacks_to_gigabytes_is_never_unpacked() -> None:
    profile = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(50 << 20)))
    assert decode(png_file(4, 4, profile, pixels=bytes(20))).image.shape == (4, 4, 3)


def test_a_heic_of_tiles_is_read_and_one_that_costs_more_than_its_size_is_refused() -> None:
    assert decode(repeated_tile(2, 64)).image.shape == (128, 128, 3)
    with pytest.raises(ImageTooLarge, match=r"Decoding the HEIC takes more than 0.7 s. Send it as a JPEG or PNG"):
        decode(repeated_tile(30, 2048))
    assert decode(small_file("HEIC")).image.shape == (64, 96, 3)
