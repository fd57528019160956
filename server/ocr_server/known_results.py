"""Results that need not be read again: looked up, waited for while somebody else reads the same, and kept."""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import groupby

from ocr_server.domain.document import Recognition, RecognizeOptions, Timing
from ocr_server.domain.progress import BarcodesRead, FieldsFound, LinesRead, Progress
from ocr_server.fresh_versions import FreshVersions
from ocr_server.ports import ResultCache, ResultKey

ReadAnew = Callable[[], Awaitable[Recognition]]


class KnownResults:
    """The same image, with the same options, for the same tenant, by the same models and code: read once."""

    def __init__(
        self,
        cache: ResultCache,
        *,
        versions: Callable[[RecognizeOptions], str],
        fresh: FreshVersions,
        reading_version: str,
        max_waiting: int,
        observe: Callable[[str], None],
    ) -> None:
        """versions: who would read, as in ``Recognition.model_versions``; true if ``fresh`` says so.

        max_waiting: how many may wait for what others read; more read for themselves.
        observe: told of every result where it came from: ``cache``, ``other_call`` or ``reading``.
        """
        self._cache = cache
        self._versions = versions
        self._fresh = fresh
        self._reading_version = reading_version
        self._max_waiting = max_waiting
        self._observe = observe
        self._being_read: dict[ResultKey, asyncio.Future[Recognition | None]] = {}
        self._waiting = 0
        self._keeping: set[asyncio.Task[None]] = set()

    async def read(
        self, tenant: str, content: bytes, options: RecognizeOptions, read_anew: ReadAnew
    ) -> tuple[Recognition, bool]:
        """Return the result, and whether it was known, that is: not read for this call.

        Raises what ``read_anew`` and ``versions`` raise.
        """
        if await self._fresh.known():
            versions = self._versions(options)
            # Not on the CPU pool, where it would wait behind pages: it takes .6 ms a megabyte, and no hold of the
            # interpreter.
            image = await asyncio.to_thread(hashlib.sha256, content)
            key = ResultKey(tenant, image.hexdigest(), options, versions, self._reading_version)
            if known := await self._known(key):
                return known, True
            if key not in self._being_read:
                return await self._read_and_keep(key, read_anew), False
        self._observe("reading")
        return await read_anew(), False

    async def close(self) -> None:
        """Drop what is still to be kept."""
        for task in self._keeping:
            task.cancel()
        if self._keeping:
            await asyncio.wait(self._keeping)

    async def _known(self, key: ResultKey) -> Recognition | None:
        if recognition := await self._cache.get(key):
            self._observe("cache")
            return recognition
        reading = self._being_read.get(key)
        if reading is None or self._waiting >= self._max_waiting:
            return None
        self._waiting += 1
        try:
            await asyncio.wait({reading})
        finally:
            self._waiting -= 1
        if recognition := reading.result():
            self._observe("other_call")
        return recognition

    async def _read_and_keep(self, key: ResultKey, read_anew: ReadAnew) -> Recognition:
        reading = self._being_read[key] = asyncio.get_running_loop().create_future()
        self._observe("reading")
        try:
            recognition = await read_anew()
        except BaseException:  # failed, or its caller has gone: the others read for themselves
            reading.set_result(None)
            del self._being_read[key]
            raise
        reading.set_result(recognition)
        keeping = asyncio.create_task(self._keep(key, recognition), name="keep-result")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        return recognition

    async def _keep(self, key: ResultKey, recognition: Recognition) -> None:
        try:
            # Where a model was swapped while it read, nobody knows who read which line.
            if key.model_versions == recognition.model_versions == self._versions(key.options):
                await self._cache.put(key, recognition)
        finally:
            del self._being_read[key]


def as_new_answer(recognition: Recognition, total_s: float) -> Recognition:
    """A known result as the answer to another call, which took ``total_s`` and in which no stage ran.

    It is a document of its own, as it would be if it had been read again.
    """
    document = replace(recognition.document, document_id=str(uuid.uuid4()))
    return Recognition(document, Timing(total_s, 0.0, ()), recognition.model_versions)


def as_progress(recognition: Recognition) -> Iterator[Progress]:
    """What reading tells of partial results, all of it; nothing of stages, since none runs."""
    document = recognition.document
    for page in document.pages:
        if page.lines:
            yield LinesRead(page.page_number, page.lines)
    for page_number, barcodes in groupby(document.barcodes, lambda barcode: barcode.page_number):
        yield BarcodesRead(page_number, tuple(barcodes))
    if document.fields is not None:
        yield FieldsFound(document.fields)
