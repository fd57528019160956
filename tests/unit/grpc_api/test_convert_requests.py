"""Requests in: what arrives is what was meant, and a mistake is named by its field."""

import uuid

import pytest
from google.api.httpbody_pb2 import HttpBody
from hypothesis import given
from hypothesis import strategies as st

from ocr_server._pb.ocr.v1 import job_service_pb2, ocr_service_pb2, recognition_pb2
from ocr_server.domain.document import DocumentType, Engine, RecognizeOptions
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.job import JobState
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.convert.requests import MAX_LANGUAGES, ReadRequest
from ocr_server.wire.enums import JOB_STATES
from tests.unit.grpc_api.domain_values import JOB_ID, options

PLAIN = (ocr_service_pb2.RecognizeRequest, job_service_pb2.SubmitJobRequest)
RAW = (ocr_service_pb2.RecognizeRawRequest, job_service_pb2.SubmitJobRawRequest)


def _raw(request: type[ReadRequest], wanted: RecognizeOptions, **rest: object) -> ReadRequest:
    flat = {field.name: value for field, value in convert.options_to_pb(wanted).ListFields()}
    return request(**flat, **rest)


def _field_to_blame(request: ReadRequest) -> str:
    with pytest.raises(InvalidRequest) as caught:
        convert.image_request_from_pb(request)
    return caught.value.field


@given(options, st.binary(min_size=1), st.uuids().map(str) | st.just(""))
@pytest.mark.parametrize("request_type", PLAIN)
def test_a_request_arrives_as_sent(
    request_type: type[ReadRequest], wanted: RecognizeOptions, image: bytes, request_id: str
) -> None:
    sent = request_type(image=image, options=convert.options_to_pb(wanted), request_id=request_id)
    arrived = request_type.FromString(sent.SerializeToString())
    assert convert.image_request_from_pb(arrived) == convert.ImageRequest(image, wanted, request_id)


@given(options, st.binary(min_size=1), st.uuids().map(str) | st.just(""))
@pytest.mark.parametrize("request_type", RAW)
def test_a_raw_request_arrives_as_sent(
    request_type: type[ReadRequest], wanted: RecognizeOptions, image: bytes, request_id: str
) -> None:
    sent = _raw(request_type, wanted, image=HttpBody(data=image, content_type="text/plain"), request_id=request_id)
    arrived = request_type.FromString(sent.SerializeToString())
    assert convert.image_request_from_pb(arrived) == convert.ImageRequest(image, wanted, request_id)


def test_an_empty_options_message_leaves_the_choice_to_the_server() -> None:
    assert convert.options_from_pb(recognition_pb2.RecognizeOptions()) == RecognizeOptions(
        Engine.AUTO, DocumentType.UNKNOWN, (), barcodes_only=False
    )


@pytest.mark.parametrize("request_type", PLAIN)
def test_a_request_without_image_blames_image(request_type: type[ReadRequest]) -> None:
    assert _field_to_blame(request_type()) == "image"
    assert _field_to_blame(request_type(image=b"")) == "image"


@pytest.mark.parametrize("request_type", RAW)
def test_a_raw_request_without_body_blames_image(request_type: type[ReadRequest]) -> None:
    assert _field_to_blame(request_type()) == "image"


@pytest.mark.parametrize("request_type", PLAIN)
def test_a_remote_image_is_refused(request_type: type[ReadRequest]) -> None:
    with pytest.raises(InvalidRequest, match="not fetched") as caught:
        convert.image_request_from_pb(request_type(image_uri="https://example.com/receipt.jpg"))
    assert caught.value.field == "image_uri"


def test_of_image_and_image_uri_the_wire_keeps_one_only() -> None:
    both = (
        ocr_service_pb2.RecognizeRequest(image=b"x").SerializeToString()
        + ocr_service_pb2.RecognizeRequest(image_uri="https://example.com").SerializeToString()
    )
    assert ocr_service_pb2.RecognizeRequest.FromString(both).WhichOneof("source") == "image_uri"


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"engine": 99}, "engine"),
        ({"engine": -1}, "engine"),
        ({"engine": "ENGINE_PDF_TEXT"}, "engine"),
        ({"document_type": 99}, "document_type"),
        ({"languages": ["de"] * (MAX_LANGUAGES + 1)}, "languages"),
        ({"languages": ["de", ""]}, "languages[1]"),
        ({"languages": ["eng+deu"]}, "languages[0]"),
        ({"languages": ["../../etc"]}, "languages[0]"),
        ({"languages": ["de\n"]}, "languages[0]"),
    ],
)
def test_a_bad_option_is_blamed_where_it_stands(bad: dict[str, object], field: str) -> None:
    nested = recognition_pb2.RecognizeOptions(**bad)
    assert _field_to_blame(ocr_service_pb2.RecognizeRequest(image=b"x", options=nested)) == f"options.{field}"
    assert _field_to_blame(ocr_service_pb2.RecognizeRawRequest(image=HttpBody(data=b"x"), **bad)) == field


@given(st.text().filter(bool))
def test_a_request_id_that_is_no_uuid_is_blamed(text: str) -> None:
    assert _field_to_blame(ocr_service_pb2.RecognizeRequest(image=b"x", request_id=text)) == "request_id"


@pytest.mark.parametrize("form", ["{%s}", "urn:uuid:%s", "%s\n", " %s"])
def test_only_the_usual_form_of_a_uuid_is_taken(form: str) -> None:
    assert _field_to_blame(ocr_service_pb2.RecognizeRequest(image=b"x", request_id=form % JOB_ID)) == "request_id"


def test_two_spellings_of_one_request_id_are_the_same() -> None:
    key = str(uuid.UUID(JOB_ID))
    upper = convert.image_request_from_pb(ocr_service_pb2.RecognizeRequest(image=b"x", request_id=key.upper()))
    assert upper.request_id == key


def test_a_list_request_arrives_as_sent() -> None:
    query = convert.job_query_from_pb(job_service_pb2.ListJobsRequest(page_size=7, page_token="t"))
    assert query == convert.JobQuery(7, "t", ())


@given(st.lists(st.sampled_from(JobState)))
def test_job_states_round_trip(states: list[JobState]) -> None:
    request = job_service_pb2.ListJobsRequest(states=[JOB_STATES.to_pb[state] for state in states])
    assert convert.job_query_from_pb(request).states == tuple(states)


@pytest.mark.parametrize(
    ("bad", "field"),
    [({"states": [1, 0]}, "states[1]"), ({"states": [77]}, "states[0]")],
)
def test_a_bad_list_request_is_blamed_where_it_stands(bad: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        convert.job_query_from_pb(job_service_pb2.ListJobsRequest(**bad))
    assert caught.value.field == field


def test_a_watcher_goes_on_after_a_seq() -> None:
    assert convert.seq_from_pb(7) == 7
    with pytest.raises(InvalidRequest) as caught:
        convert.seq_from_pb(-1)
    assert caught.value.field == "after_seq"
