"""The sockets of the house. Each docstring is a contract that every adapter keeps, embedded and production.

One contract suite a port (tests/contract) holds all adapters to it.
"""

from ocr_server.ports.answers import Answers, ComputeAnswer, RepeatableRequest
from ocr_server.ports.blobs import BlobStore, PresignedBlobs, PresignedUpload, StoredBlob
from ocr_server.ports.compute import Compute, deadline_s, remaining_s
from ocr_server.ports.events import Encode, EventPublisher
from ocr_server.ports.feedback import CorrectionStore
from ocr_server.ports.jobs import BatchStore, DeadLetters, JobQueue, JobStore, Outbox
from ocr_server.ports.models import (
    AdjustableLineDetector,
    BarcodeReader,
    BarcodeReading,
    LineDetector,
    LineRecognizer,
    OrientationJudge,
    ReadingEngine,
    ReadLine,
    Trial,
)
from ocr_server.ports.results import ResultCache, ResultKey

__all__ = [
    "AdjustableLineDetector",
    "Answers",
    "BarcodeReader",
    "BarcodeReading",
    "BatchStore",
    "BlobStore",
    "Compute",
    "ComputeAnswer",
    "CorrectionStore",
    "DeadLetters",
    "Encode",
    "EventPublisher",
    "JobQueue",
    "JobStore",
    "LineDetector",
    "LineRecognizer",
    "OrientationJudge",
    "Outbox",
    "PresignedBlobs",
    "PresignedUpload",
    "ReadLine",
    "ReadingEngine",
    "RepeatableRequest",
    "ResultCache",
    "ResultKey",
    "StoredBlob",
    "Trial",
    "deadline_s",
    "remaining_s",
]
