"""One document for one caller: let in, read, timed, counted. What both services and the job workers call."""

import asyncio
import math
from collections.abc import Sequence

from ocr_models.types import ReadText
from ocr_server.admission import Admission
from ocr_server.domain.document import Recognition, RecognizeOptions
from ocr_server.domain.errors import InvalidImage
from ocr_server.known_results import KnownResults, as_new_answer, as_progress
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts, choose_engine, process
from ocr_server.pipeline.single_lines import read_single_lines
from ocr_server.pipeline.trace import Emit, Trace
from ocr_server.pipeline.validate import inspect


class DocumentReader:
    """The pipeline behind the door."""

    def __init__(
        self, parts: Parts, admission: Admission, metrics: Metrics, known_results: KnownResults | None = None
    ) -> None:
        """known_results: None reads everything anew."""
        self._parts = parts
        self._known_results = known_results
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
        tenant: str | None = None,
        time_remaining_s: float | None = None,
        patient: bool = False,
    ) -> Recognition:
        """Read one document.

        tenant: whose image it is. What the same models have read in it for that tenant before is given again: without
            waiting for a permit, in no stages, as a document of its own. None: read it anew.
        time_remaining_s: the caller's deadline from now; beside it, max_request_s bounds the reading itself.
        patient: wait outside of the waiting room's bound, for jobs.
        Raises what the pipeline raises, and Overloaded.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        until_s = math.inf if time_remaining_s is None else began_s + time_remaining_s

        async def read_anew() -> Recognition:
            return await self._read_anew(content, options, emit, until_s=until_s, patient=patient)

        if self._known_results is None or tenant is None:
            return await read_anew()
        recognition, was_known = await self._known_results.read(tenant, content, options, read_anew)
        if not was_known:
            return recognition
        for progress in as_progress(recognition):
            emit(progress)
        return as_new_answer(recognition, loop.time() - began_s)

    async def _read_anew(
        self, content: bytes, options: RecognizeOptions, emit: Emit, *, until_s: float, patient: bool
    ) -> Recognition:
        async with self._admission.permit(patient=patient) as queue_s:
            deadline_s = min(until_s, asyncio.get_running_loop().time() + self._parts.limits.max_request_s)
            trace = Trace(emit, deadline_s=deadline_s, observe=self._metrics.observe_stage)
            recognition = await process(content, options, self._parts, trace, queue_s=queue_s)
        self._metrics.observe_recognition(recognition)
        return recognition

    async def read_lines(self, contents: Sequence[bytes], options: RecognizeOptions) -> list[ReadText | InvalidImage]:
        """Read images that are one text line each; an error stands in the place of a file that is no image."""
        recognizer = choose_engine(options, self._parts.engines).recognizer
        return await read_single_lines(contents, options.languages, recognizer, self._parts.compute, self._parts.limits)
