"""Enums, both ways. Members pair up by name; one without a counterpart fails when this module is imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from ocr_server._pb.ocr.v1 import barcode_pb2, document_pb2, feedback_service_pb2, job_pb2, progress_pb2
from ocr_server.domain.barcode import Symbology
from ocr_server.domain.correction import Verdict
from ocr_server.domain.document import CheckState, DocumentType, Engine
from ocr_server.domain.job import JobState
from ocr_server.domain.progress import Stage

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class EnumTable(Generic[E]):
    """A domain enum and its numbers on the wire."""

    to_pb: Mapping[E, Any]  # ints; the stubs of each message ask for its own enum's type
    from_pb: Mapping[int, E]


def _pair(domain: type[E], wire: EnumTypeWrapper, *, prefix: str = "", unspecified: E | None = None) -> EnumTable[E]:
    """Pair ``RECEIPT`` with ``<prefix>RECEIPT``, and ``unspecified``, where there is one, with 0."""
    to_pb = {m: 0 if m is unspecified else wire.Value(prefix + m.name) for m in domain}
    return EnumTable(to_pb, {number: member for member, number in to_pb.items()})


ENGINES = _pair(Engine, document_pb2.Engine, prefix="ENGINE_", unspecified=Engine.AUTO)
DOCUMENT_TYPES = _pair(
    DocumentType, document_pb2.DocumentType, prefix="DOCUMENT_TYPE_", unspecified=DocumentType.UNKNOWN
)
CHECK_STATES = _pair(CheckState, document_pb2.Check.State)
SYMBOLOGIES = _pair(Symbology, barcode_pb2.Symbology, prefix="SYMBOLOGY_")
STAGES = _pair(Stage, progress_pb2.Stage, prefix="STAGE_")
JOB_STATES = _pair(JobState, job_pb2.Job.State)
VERDICTS = _pair(Verdict, feedback_service_pb2.FieldCorrection.Verdict, prefix="VERDICT_")
