"""One document for one caller: let in, read, timed, counted. What both services and the job workers call."""

import asyncio
from collections.abc import Sequence

from ocr_models.types import ReadText
from ocr_server.admission import Admission
from ocr_server.domain.document import Recognition, RecognizeOptions
from ocr_server.domain.errors import InvalidImage
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts, choose_engine, process
from ocr_server.pipeline.single_lines import read_single_lines
from ocr_server.pipeline.trace import Emit, Trace
from ocr_server.pipeline.validate import inspect


class DocumentReader:
    """The pipeline behind the door."""

    def __init__(self, parts: Parts, admission: Admission, metrics: Metrics) -> None:
        self._parts = parts
        self.compute = parts.compute
        self._admission = admission
        self._metrics = metrics
        metrics.watch_admission(admission)

    def check(self, content: bytes, options: RecognizeOptions) -> None:
        """Refuse at the door what could never be read. Raises InvalidImage or EngineUnavailable."""
        choose_engine(options, self._parts.engines)
        inspect(content, self._parts.limits)

    async def read(
        self,
        content: bytes,
        options: RecognizeOptions,
        emit: Emit = lambda progress: None,
        *,
        time_remaining_s: float | None = None,
        patient: bool = False,
    ) -> Recognition:
        """Read one document.

        time_remaining_s: the caller's deadline from now; beside it, max_request_s bounds the reading itself.
        patient: wait outside of the waiting room's bound, for jobs.
        Raises what the pipeline raises, and Overloaded.
        """
        limit_s = self._parts.limits.max_request_s
        async with self._admission.permit(patient=patient) as queue_s:
            left_s = limit_s if time_remaining_s is None else min(limit_s, time_remaining_s - queue_s)
            deadline_s = asyncio.get_running_loop().time() + left_s
            trace = Trace(emit, deadline_s=deadline_s, observe=self._metrics.observe_stage)
            recognition = await process(content, options, self._parts, trace, queue_s=queue_s)
        self._metrics.observe_recognition(recognition)
        return recognition

    async def read_patiently(self, content: bytes, options: RecognizeOptions, emit: Emit) -> Recognition:
        """Read for a job: its own queue bounds it, so it waits for its permit outside of the waiting room."""
        return await self.read(content, options, emit, patient=True)

    async def read_lines(self, contents: Sequence[bytes], options: RecognizeOptions) -> list[ReadText | InvalidImage]:
        """Read images that are one text line each; an error stands in the place of a file that is no image."""
        recognizer = choose_engine(options, self._parts.engines).recognizer
        return await read_single_lines(contents, options.languages, recognizer, self._parts.compute, self._parts.limits)
