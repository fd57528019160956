"""Who waits for news of a job or a batch is woken, whichever process the news come from: LISTEN and NOTIFY."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from ocr_server.adapters.production.postgres_client import PostgresClient, errors_translated
from ocr_server.domain.errors import DependencyUnavailable

_CHANNEL = "ocr_news"
_TELL = f"SELECT pg_notify('{_CHANNEL}', key) FROM unnest($1::text[]) AS key"
_RECONNECT_S = 0.2
_PING_S = 10.0
# What is told within so long is told at once: under load, many jobs a message.
_GATHER_S = 0.002
_TELL_TIMEOUT_S = 5.0

log = structlog.get_logger()


class News:
    """One connection a process listens, and tells what this process has changed.

    The telling is not part of the transaction that changes a job: PostgreSQL lets transactions with a NOTIFY commit one
    after another, each with its own flush to the disk, which would be the limit of all. So a process that dies between
    the two tells nobody, and who waits should look by himself now and then.
    """

    def __init__(self, client: PostgresClient) -> None:
        self._client = client
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._untold: set[str] = set()
        self._to_do = asyncio.Event()
        self._own_pid = 0

    @contextmanager
    def about(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set at every change of this job or batch, and when changes may have been missed."""
        news = asyncio.Event()
        self._waiting[key].add(news)
        try:
            yield news
        finally:
            self._waiting[key].discard(news)
            if not self._waiting[key]:
                del self._waiting[key]

    def tell(self, key: str) -> None:
        """Wake who waits for this job or batch: here now, in other processes in a moment."""
        self._wake(key)
        self._untold.add(key)
        self._to_do.set()

    async def run(self) -> None:
        """Listen and tell until cancelled; connect anew whenever the connection breaks."""
        while True:
            try:
                with errors_translated():
                    await self._listen()
            except DependencyUnavailable:
                pass
            except Exception:  # whatever it was, who watches must not be left without news for good
                log.exception("postgres.news")
            self._wake_all()  # to see for themselves how things stand
            await asyncio.sleep(_RECONNECT_S)

    async def _listen(self) -> None:
        async with self._client.connection() as connection:
            connection.add_termination_listener(lambda _: self._to_do.set())
            self._own_pid = connection.get_server_pid()
            await connection.add_listener(_CHANNEL, self._hear)
            self._wake_all()  # what happened until now was not heard
            while not connection.is_closed():
                self._to_do.clear()
                told, self._untold = self._untold, set()
                try:
                    await connection.execute(_TELL, told, timeout=_TELL_TIMEOUT_S)
                except BaseException:
                    self._untold |= told
                    raise
                with suppress(TimeoutError):  # then nothing is told, but an answer says that the connection is alive
                    async with asyncio.timeout(_PING_S):
                        await self._to_do.wait()
                await asyncio.sleep(_GATHER_S)

    def _hear(self, connection: object, pid: int, channel: str, key: object) -> None:
        if pid != self._own_pid:  # what this process has told, it knew before
            self._wake(str(key))

    def _wake(self, key: str) -> None:
        for news in self._waiting.get(key, ()):
            news.set()

    def _wake_all(self) -> None:
        for waiting in self._waiting.values():
            for news in waiting:
                news.set()
