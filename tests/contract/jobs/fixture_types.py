"""Types of this folder's fixtures."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from ocr_server.domain.job import Job
from ocr_server.ports import JobStore

OpenJobStore = Callable[[], AbstractAsyncContextManager[JobStore]]
MakeJob = Callable[..., Job]
