"""Images, over the real folder: they arrive whole or not at all, and take no more than they may."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.domain.errors import (
    DeadlineExceeded,
    ImageTooLarge,
    InvalidImage,
    InvalidRequest,
    NotFound,
    Overloaded,
    UploadUrlUnavailable,
)
from ocr_server.domain.image import StoredImage
from ocr_server.images import Images
from ocr_server.settings import Limits
from tests.unit.pipeline.image_files import encode, exif_block, page, pdf_file, small_file

LIMITS = Limits(max_image_bytes=10_000)


class Sender:
    """A client's pieces, and how many of them have been taken."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.taken += 1
            yield piece
            await asyncio.sleep(0)


class Stalled:
    """A client that has sent some and sends no more until it is let on."""

    def __init__(self, piece: bytes) -> None:
        self._piece = piece
        self.has_sent = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._piece
        self.has_sent.set()
        await self.go_on.wait()


def in_pieces(content: bytes, size_bytes: int = 100) -> Sender:
    return Sender(content[at : at + size_bytes] for at in range(0, len(content), size_bytes))


@pytest.fixture
async def compute() -> AsyncIterator[CpuPool]:
    pool = CpuPool(1)
    yield pool
    await pool.close()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "images")


@pytest.fixture
def images(blobs: FolderBlobs, compute: CpuPool) -> Images:
    return Images(blobs, None, compute, LIMITS)


def files(tmp_path: Path) -> Iterator[Path]:
    return (path for path in (tmp_path / "images").rglob("*") if path.is_file())


async def test_a_file_that_came_in_pieces_is_one_image_of_its_tenant(images: Images) -> None:
    content = small_file("PNG")
    image = await images.receive("shop-a", aiter(in_pieces(content)), sha256=hashlib.sha256(content).hexdigest())
    assert image.image_id == hashlib.sha256(content).hexdigest()
    assert (image.size_bytes, image.media_type) == (len(content), "image/png")
    assert abs(datetime.now(UTC) - image.stored_at) < timedelta(minutes=1)
    assert (image.expires_at, image.download_url) == (None, "")
    assert await images.get("shop-a", image.image_id) == image
    assert await images.fetch("shop-a", StoredImage(image.image_id)) == content
    for lookup in (images.get("shop-b", image.image_id), images.fetch("shop-b", StoredImage(image.image_id))):
        with pytest.raises(NotFound):
            await lookup


async def test_bytes_that_came_with_the_request_are_the_image(images: Images) -> None:
    assert await images.fetch("shop-a", b"the file") == b"the file"


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (encode(page(96, 64), "JPEG"), ("image/jpeg", 1, 96, 64)),
        (encode(page(96, 64), "JPEG", exif=exif_block(3)), ("image/jpeg", 1, 96, 64)),
        (encode(page(96, 64), "JPEG", exif=exif_block(6)), ("image/jpeg", 1, 64, 96)),
        (encode(page(96, 64), "WebP"), ("image/webp", 1, 96, 64)),
        (encode(page(96, 64), "HEIC"), ("image/heic", 1, 96, 64)),
        (
            encode(page(8, 9), "TIFF", save_all=True, append_images=[page(6, 7)], compression="tiff_deflate"),
            ("image/tiff", 2, 8, 9),
        ),
        (pdf_file(3), ("application/pdf", 3, 0, 0)),
    ],
    ids=["JPEG", "JPEG on its head", "JPEG on its side", "WebP", "HEIC", "TIFF", "PDF"],
)
async def test_what_an_image_is_is_told_by_its_bytes(
    images: Images, content: bytes, known: tuple[str, int, int, int]
) -> None:
    image = await images.receive("shop-a", aiter(in_pieces(content)))
    assert (image.media_type, image.page_count, image.width_px, image.height_px) == known


async def test_an_image_is_kept_for_the_retention_from_when_it_was_sent_last(
    blobs: FolderBlobs, compute: CpuPool
) -> None:
    image = await Images(blobs, None, compute, LIMITS, retention_days=30).receive(
        "shop-a", aiter(in_pieces(small_file("PNG")))
    )
    assert image.expires_at == image.stored_at + timedelta(days=30)


async def test_more_than_an_image_may_have_is_refused_before_the_rest_is_taken(images: Images, tmp_path: Path) -> None:
    sender = Sender(b"x" * 1000 for _ in range(1000))
    with pytest.raises(ImageTooLarge, match="10,000 bytes"):
        await images.receive("shop-a", aiter(sender))
    assert sender.taken == 11
    assert list(files(tmp_path)) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"not an image", small_file("JPEG")[:100], b"%PDF-1.7 torn"],
    ids=["empty", "text", "truncated", "torn PDF"],
)
async def test_what_could_never_be_read_is_not_kept(images: Images, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidImage):
        await images.receive("shop-a", aiter(in_pieces(content)))
    assert list(files(tmp_path)) == []


async def test_content_that_differs_from_what_was_told_is_not_kept(images: Images, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="SHA-256") as refused:
        await images.receive("shop-a", aiter(in_pieces(small_file("PNG"))), sha256="0" * 64)
    assert refused.value.field == "sha256"
    assert list(files(tmp_path)) == []


async def test_uploads_together_take_no_more_memory_than_they_may_and_give_it_back(images: Images) -> None:
    stalled = [Stalled(b"x" * LIMITS.max_image_bytes) for _ in range(8)]
    receiving = [asyncio.create_task(images.receive("shop-a", aiter(sender))) for sender in stalled]
    await asyncio.gather(*(sender.has_sent.wait() for sender in stalled))
    with pytest.raises(Overloaded):
        await images.receive("shop-b", aiter(in_pieces(small_file("PNG"))))

    receiving[0].cancel()  # a client that goes
    for sender in stalled:
        sender.go_on.set()
    ends = await asyncio.gather(*receiving, return_exceptions=True)
    assert isinstance(ends[0], asyncio.CancelledError)
    assert all(isinstance(end, InvalidImage) for end in ends[1:])
    again = [images.receive("shop-b", aiter(in_pieces(b"x" * LIMITS.max_image_bytes))) for _ in range(8)]
    ends = await asyncio.gather(*again, return_exceptions=True)
    assert all(isinstance(end, InvalidImage) for end in ends)


async def test_a_client_that_sends_no_more_is_not_waited_for(blobs: FolderBlobs, compute: CpuPool) -> None:
    images = Images(blobs, None, compute, Limits(max_request_s=0.05))
    with pytest.raises(DeadlineExceeded):
        await images.receive("shop-a", aiter(Stalled(small_file("PNG"))))


@pytest.mark.parametrize("size_bytes", [0, -1, 10_001, 2**62])
async def test_a_size_that_is_not_read_is_refused_before_it_is_sent(images: Images, size_bytes: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await images.create_upload("shop-a", "0" * 64, size_bytes=size_bytes, media_type="image/png")
    assert refused.value.field == "size_bytes"


async def test_a_folder_has_no_url_and_says_what_to_do_instead(images: Images) -> None:
    with pytest.raises(UploadUrlUnavailable, match="UploadImage"):
        await images.create_upload("shop-a", "0" * 64, size_bytes=10_000, media_type="image/png")
