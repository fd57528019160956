"""Images that are kept: what is asked of them, what is told of them, and requests that say where an image is."""

import re
from dataclasses import dataclass

from ocr_server._pb.ocr.v1 import image_service_pb2 as pb
from ocr_server._pb.ocr.v1 import job_service_pb2, ocr_service_pb2
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.image import ImageInfo, ImageSource, StoredImage, is_digest
from ocr_server.ports import PresignedUpload
from ocr_server.wire.documents import timestamp

MAX_PIECE_BYTES = 2**20

_URI = "ocr:images/"
_UNKNOWN_MEDIA_TYPE = "application/octet-stream"
# RFC 6838, section 4.2, without parameters: it becomes an HTTP header, so nothing else may be in it.
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}")

RawRequest = ocr_service_pb2.RecognizeRawRequest | job_service_pb2.SubmitJobRawRequest
SourceRequest = ocr_service_pb2.RecognizeRequest | job_service_pb2.SubmitJobRequest | job_service_pb2.BatchItem


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What a client is about to send. size_bytes: as told, not held against the limits yet."""

    digest: str
    size_bytes: int
    media_type: str


def image_source_from_pb(request: SourceRequest | RawRequest, *, prefix: str = "") -> ImageSource:
    """Take where the image is. prefix: of the fields to blame, such as ``items[3].``.

    Raises InvalidRequest, with the field, for no image, and for a URI that is none of ``image_to_pb``.
    """
    if isinstance(request, RawRequest):
        image = request.image.data
    elif request.WhichOneof("source") == "image_uri":
        return _stored_image(request.image_uri, f"{prefix}image_uri")
    else:
        image = request.image
    if not image:
        raise InvalidRequest("There is no image, or it is empty.", field=f"{prefix}image")
    return image


def upload_request_from_pb(request: pb.CreateUploadRequest) -> UploadRequest:
    """Raise InvalidRequest, with the field, for what is no SHA-256 and no media type; the latter may be empty."""
    media_type = request.media_type or _UNKNOWN_MEDIA_TYPE
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise InvalidRequest("media_type must be one such as image/jpeg, without parameters.", field="media_type")
    return UploadRequest(digest_from_pb(request.sha256, "sha256"), request.size_bytes, media_type)


def piece_from_pb(request: pb.UploadImageRequest) -> bytes:
    """Return the bytes of a piece. Raises InvalidRequest (field ``chunk``) for more than MAX_PIECE_BYTES."""
    piece = request.chunk.data
    if len(piece) > MAX_PIECE_BYTES:
        raise InvalidRequest(
            f"A piece of {len(piece):,} bytes is too large; send at most {MAX_PIECE_BYTES:,} a message.", field="chunk"
        )
    return piece


def digest_from_pb(value: str, field: str) -> str:
    """Return a SHA-256. Raises InvalidRequest if it is none."""
    if not is_digest(value):
        raise InvalidRequest(f"{field} must be a SHA-256 in 64 lower-case hex digits.", field=field)
    return value


def upload_to_pb(image_id: str, upload: PresignedUpload | None) -> pb.Upload:
    """Convert leave to send a file. upload: None if it is there already."""
    if upload is None:
        return pb.Upload(image_id=image_id)
    return pb.Upload(
        image_id=image_id,
        url=upload.url,
        method=upload.method,
        headers=upload.headers,
        expire_time=timestamp(upload.expires_at),
    )


def image_to_pb(image: ImageInfo) -> pb.Image:
    """Convert what is known of an image, with the URI that requests give for it."""
    message = pb.Image(
        image_id=image.image_id,
        uri=_URI + image.image_id,
        size_bytes=image.size_bytes,
        media_type=image.media_type,
        page_count=image.page_count,
        width_px=image.width_px,
        height_px=image.height_px,
        create_time=timestamp(image.stored_at),
        download_url=image.download_url,
    )
    if image.expires_at is not None:
        message.expire_time.CopyFrom(timestamp(image.expires_at))
    return message


def _stored_image(uri: str, field: str) -> StoredImage:
    image_id = uri.removeprefix(_URI)
    if uri == image_id or not is_digest(image_id):
        raise InvalidRequest(
            f"image_uri must be the uri of an image from ImageService: {_URI} and its image_id. Other images are not "
            "fetched; send the file as image.",
            field=field,
        )
    return StoredImage(image_id)
