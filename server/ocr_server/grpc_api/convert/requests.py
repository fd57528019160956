"""Requests in. Whatever is wrong with one is an InvalidRequest that names the field."""

import re
from dataclasses import dataclass

from ocr_server._pb.ocr.v1 import job_service_pb2, ocr_service_pb2, recognition_pb2
from ocr_server.domain.document import Engine, RecognizeOptions
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.image import ImageSource
from ocr_server.domain.job import JobState
from ocr_server.grpc_api.convert.images import RawRequest, image_source_from_pb
from ocr_server.wire.enums import DOCUMENT_TYPES, ENGINES, JOB_STATES, E, EnumTable

MAX_LANGUAGES = 8

# The shape of a BCP 47 tag (RFC 5646, section 2.1) without private use; whether an engine knows it is its affair.
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
# The one form that RFC 4122 writes; uuid.UUID() alone also takes braces, URNs and missing hyphens.
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

ReadRequest = ocr_service_pb2.RecognizeRequest | job_service_pb2.SubmitJobRequest | RawRequest


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """An image to read, however it was sent.

    request_id: lower-case UUID, or empty for none.
    """

    image: ImageSource
    options: RecognizeOptions
    request_id: str


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs to list. page_size: as asked for. states: empty for all."""

    page_size: int
    page_token: str
    states: tuple[JobState, ...]


def image_request_from_pb(request: ReadRequest) -> ImageRequest:
    """Take what Recognize, RecognizeStream, RecognizeRaw, SubmitJob and SubmitJobRaw send.

    Raises InvalidRequest, with the field, for no image, a remote image, a bad option or a bad request_id.
    """
    options = options_from_pb(request if isinstance(request, RawRequest) else request.options)
    return ImageRequest(image_source_from_pb(request), options, request_id_from_pb(request.request_id))


def options_from_pb(options: recognition_pb2.RecognizeOptions | RawRequest) -> RecognizeOptions:
    """Take options from their own message, or from the raw requests, whose top level holds the same fields.

    Raises InvalidRequest, with the field, for unknown enum numbers, an engine that cannot be asked for, a
    language that is no BCP 47 tag, and more than MAX_LANGUAGES of them.
    """
    prefix = "" if isinstance(options, RawRequest) else "options."
    engine = enum_from_pb(ENGINES, options.engine, f"{prefix}engine")
    if engine is Engine.PDF_TEXT:
        raise InvalidRequest(
            "ENGINE_PDF_TEXT only tells where a line came from; a PDF's own text is used without asking.",
            field=f"{prefix}engine",
        )
    if len(options.languages) > MAX_LANGUAGES:
        raise InvalidRequest(
            f"{len(options.languages)} languages are too many; at most {MAX_LANGUAGES}.", field=f"{prefix}languages"
        )
    for index, tag in enumerate(options.languages):
        if not _LANGUAGE_TAG.fullmatch(tag):
            raise InvalidRequest(
                "A language must be a BCP 47 tag such as de or zh-Hant.", field=f"{prefix}languages[{index}]"
            )
    return RecognizeOptions(
        engine=engine,
        document_type=enum_from_pb(DOCUMENT_TYPES, options.document_type, f"{prefix}document_type"),
        languages=tuple(options.languages),
        barcodes_only=options.barcodes_only,
    )


def job_query_from_pb(request: job_service_pb2.ListJobsRequest) -> JobQuery:
    """Raise InvalidRequest, with the field, for unknown states; the page_size is judged by ``Jobs``."""
    numbers = enumerate(request.states)
    return JobQuery(
        page_size=request.page_size,
        page_token=request.page_token,
        states=tuple(enum_from_pb(JOB_STATES, number, f"states[{index}]") for index, number in numbers),
    )


def seq_from_pb(after_seq: int) -> int:
    """Return after_seq. Raises InvalidRequest if it is negative."""
    if after_seq < 0:
        raise InvalidRequest(f"after_seq is {after_seq}; it must not be negative.", field="after_seq")
    return after_seq


def id_from_pb(value: str, field: str) -> str:
    """Return a UUID in lower case. Raises InvalidRequest if it is none, or not written in 36 characters."""
    if not _UUID.fullmatch(value):
        raise InvalidRequest(f"{field} must be a UUID, written in 36 characters.", field=field)
    return value.lower()


def request_id_from_pb(value: str) -> str:
    """Return a UUID in lower case, or empty for none. Raises InvalidRequest."""
    return id_from_pb(value, "request_id") if value else ""


def enum_from_pb(table: EnumTable[E], number: int, field: str) -> E:
    """Return the member with this number. Raises InvalidRequest, with the field, if there is none."""
    try:
        return table.from_pb[number]
    except KeyError:
        raise InvalidRequest(f"{number} is no value of {field} that this server knows.", field=field) from None
