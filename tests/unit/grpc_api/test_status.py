"""Errors as statuses: every one has a row, its details decode, and nothing unexpected leaks."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from ocr_server.domain import errors
from ocr_server.domain.errors import OcrError
from ocr_server.domain.job import JobError
from ocr_server.grpc_api.status import CODES, INTERNAL_MESSAGE, job_error_to_rpc_status, to_rpc_status


def _subclasses(root: type[OcrError]) -> Iterator[type[OcrError]]:
    for subclass in root.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _make(error: type[OcrError]) -> OcrError:
    if error is errors.InvalidRequest:
        return errors.InvalidRequest("sentence", field="options.engine")
    if error is errors.Overloaded:
        return errors.Overloaded("sentence", retry_after_s=1.5)
    return error("sentence")


def _details(status: Status) -> dict[str, ErrorInfo | BadRequest | RetryInfo]:
    known = {message.DESCRIPTOR.full_name: message for message in (ErrorInfo, BadRequest, RetryInfo)}
    found = {}
    for detail in status.details:
        message = known[detail.TypeName()]()
        assert detail.Unpack(message)
        found[type(message).__name__] = message
    return found


ALL_ERRORS = sorted(
    (error for error in set(_subclasses(OcrError)) if error.__module__ == errors.__name__),
    key=lambda error: error.__name__,
)


def test_the_walk_finds_the_domain_errors() -> None:
    assert {errors.InvalidRequest, errors.ImageTooLarge, errors.Overloaded} <= set(ALL_ERRORS)


@pytest.mark.parametrize("error", ALL_ERRORS)
def test_every_domain_error_has_a_row_and_says_its_reason_and_message(error: type[OcrError]) -> None:
    status = to_rpc_status(_make(error))
    info = _details(status)["ErrorInfo"]
    assert isinstance(info, ErrorInfo)
    assert status.code == CODES[error] != Code.INTERNAL
    assert status.message == "sentence"
    assert (info.reason, info.domain) == (error.reason, "ocr.v1")
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+[A-Z0-9]", info.reason)  # as ErrorInfo.reason demands


def test_reasons_are_unique() -> None:
    reasons = [error.reason for error in ALL_ERRORS]
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (errors.InvalidRequest("bad", field="options.languages[2]"), "options.languages[2]"),
        (errors.InvalidImage("bad"), "image"),
        (errors.ImageTooLarge("bad"), "image"),
    ],
)
def test_a_bad_request_names_the_field(error: OcrError, field: str) -> None:
    status = to_rpc_status(error)
    bad_request = _details(status)["BadRequest"]
    assert isinstance(bad_request, BadRequest)
    assert [(v.field, v.description, v.reason) for v in bad_request.field_violations] == [(field, "bad", error.reason)]


@pytest.mark.parametrize(
    "error",
    [errors.Overloaded("busy", retry_after_s=0.25), errors.DependencyUnavailable("down", retry_after_s=0.25)],
)
def test_an_error_that_passes_says_when_to_try_again(error: OcrError) -> None:
    retry = _details(to_rpc_status(error))["RetryInfo"]
    assert isinstance(retry, RetryInfo)
    assert retry.retry_delay.ToTimedelta() == timedelta(seconds=0.25)


class _ErrorWithoutRow(OcrError):
    reason = "NO_ROW"


@pytest.mark.parametrize(
    "error", [RuntimeError("password=hunter2"), _ErrorWithoutRow("password=hunter2"), OcrError("password=hunter2")]
)
def test_an_unexpected_error_is_internal_with_a_fixed_text(error: Exception) -> None:
    status = to_rpc_status(error)
    assert (status.code, status.message) == (Code.INTERNAL, INTERNAL_MESSAGE)
    assert b"hunter2" not in status.SerializeToString()
    assert set(_details(status)) == {"ErrorInfo"}


def test_a_status_travels_in_the_trailing_metadata_of_a_call() -> None:
    status = to_rpc_status(errors.Overloaded("busy", retry_after_s=2))
    grpc_status = rpc_status.to_status(status)
    assert grpc_status.code.value[0] == Code.RESOURCE_EXHAUSTED
    ((key, value),) = grpc_status.trailing_metadata
    assert key == "grpc-status-details-bin"
    assert Status.FromString(value) == status


@pytest.mark.parametrize("error", [errors.InvalidImage("bad"), errors.ImageTooLarge("bad"), errors.NotFound("gone")])
def test_a_job_fails_with_the_status_its_call_would_have_had(error: OcrError) -> None:
    assert job_error_to_rpc_status(JobError(error.reason, str(error))) == to_rpc_status(error)


def test_a_job_that_failed_for_a_reason_without_row_is_internal() -> None:
    status = job_error_to_rpc_status(JobError("ATTEMPTS_EXHAUSTED", "Started too often."))
    assert (status.code, status.message) == (Code.INTERNAL, "Started too often.")
