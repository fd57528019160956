"""The sockets of the house. Each docstring is a contract that every adapter keeps, embedded and production.

One contract suite a port (tests/contract) holds all adapters to it.
"""

from ocr_server.ports.blobs import BlobStore, PresignedBlobs, PresignedUpload, StoredBlob
from ocr_server.ports.compute import Compute, deadline_s, remaining_s
from ocr_server.ports.events import Encode, EventPublisher
from ocr_server.ports.jobs import JobQueue, JobStore
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
    "BarcodeReader",
    "BarcodeReading",
    "BlobStore",
    "Compute",
    "Encode",
    "EventPublisher",
    "JobQueue",
    "JobStore",
    "LineDetector",
    "LineRecognizer",
    "OrientationJudge",
    "PresignedBlobs",
    "PresignedUpload",
    "ReadLine",
    "ReadingEngine",
    "ResultCache",
    "ResultKey",
    "StoredBlob",
    "Trial",
    "deadline_s",
    "remaining_s",
]
