"""Types of this folder's fixtures."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from ocr_server.domain.correction import Correction, Judgement
from ocr_server.domain.document import Recognition
from ocr_server.domain.job import Job
from ocr_server.ports import CorrectionStore, JobStore

Stores = tuple[CorrectionStore, JobStore]
OpenStores = Callable[[], AbstractAsyncContextManager[Stores]]
Read = Callable[[str, Recognition], Awaitable[Job]]
Made = tuple[Correction, Judgement]
