"""Results in this process's memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

from ocr_server.adapters.cache_entry import pack, unpack
from ocr_server.domain.document import Recognition
from ocr_server.ports import ResultKey


class MemoryCache:
    """Port ``ResultCache``: keeps results for ``ttl_s`` seconds, in ``max_bytes`` at most, as compressed JSON.

    Compressed, because then their size is known, and is a tenth of what the objects would take.
    """

    def __init__(self, *, ttl_s: float, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` tells seconds."""
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._ttl_s = ttl_s
        self._max_bytes = max_bytes
        self._clock = clock
        self.size_bytes = 0

    async def get(self, key: ResultKey) -> Recognition | None:
        """See the port."""
        known = self._entries.get(key.digest)
        if known is None:
            return None
        entry, expires_s = known
        if self._clock() >= expires_s:
            return None
        self._entries.move_to_end(key.digest)
        return unpack(key, entry)

    async def put(self, key: ResultKey, recognition: Recognition) -> None:
        """See the port."""
        entry = pack(key, recognition)
        if entry is None:
            return
        if key.digest in self._entries:
            self._drop(key.digest)
        self._entries[key.digest] = entry, self._clock() + self._ttl_s
        self.size_bytes += len(entry)
        # Whatever nobody has asked for in its time is at the front, and goes, room or not: it is somebody's receipt.
        while self._entries and (self.size_bytes > self._max_bytes or self._first_is_over()):
            self._drop(next(iter(self._entries)))

    def _first_is_over(self) -> bool:
        _, expires_s = next(iter(self._entries.values()))
        return self._clock() >= expires_s

    def _drop(self, digest: str) -> None:
        entry, _ = self._entries.pop(digest)
        self.size_bytes -= len(entry)
