"""One way to PostgreSQL: a pool of connections, and errors in the language of the domain."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

import asyncpg
import structlog

from ocr_server.domain.errors import DependencyUnavailable

_RETRY_AFTER_S = 1.0
_CONNECTIONS = 10
_CONNECT_TIMEOUT_S = 5.0
# For a free connection; who would wait longer is better told to come back.
_ACQUIRE_TIMEOUT_S = 5.0
_STATEMENT_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 3.0
_NAME = {"application_name": "ocr-server"}
# Gone, going or coming; gone in the middle of an answer; full; or a standby that takes no writes.
_AWAY = (
    OSError,  # which TimeoutError is too
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
# Refused it may be for a while only, as when a password is changed here and there. A URL that cannot be read stays so;
# the errors that say this quote parts of it.
_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_MALFORMED = (asyncpg.ClientConfigurationError, ValueError)

log = structlog.get_logger()


class PostgresClient:
    """A pool of connections that mends itself: each is made anew when it is needed and found broken.

    Statements are prepared and one connection listens: a PgBouncer in between must pool sessions, not transactions.
    """

    def __init__(self, url: str, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._url = url
        self._pool = pool
        self._is_away = False

    @classmethod
    async def open(cls, url: str) -> "PostgresClient":
        """Make the pool; the first call connects."""
        pool = asyncpg.create_pool(
            url,
            reset=_leave_as_it_is,
            min_size=0,
            max_size=_CONNECTIONS,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_STATEMENT_TIMEOUT_S,
            server_settings=_NAME,
        )
        return cls(url, await pool)

    async def close(self) -> None:
        """Close all connections once what they do has ended, which it has some seconds for."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._pool.close()
        except _AWAY:
            self._pool.terminate()

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement, which is a transaction, and return its rows.

        Raises DependencyUnavailable, and RuntimeError if the URL cannot be read. That the former was raised, or
        the caller cancelled, does not mean that nothing was done.
        """
        try:
            with errors_translated():
                rows = await self._fetch(sql, *values)
        except DependencyUnavailable as error:
            if not self._is_away:
                log.warning("postgres.away", error=repr(error.__cause__))
            self._is_away = True
            raise
        if self._is_away:
            log.info("postgres.back")
        self._is_away = False
        return rows

    async def _fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as connection:
            try:
                return await connection.fetch(sql, *values)
            except asyncpg.InternalClientError:
                connection.terminate()  # asyncpg no longer knows where in the conversation it is
                raise

    def connection(self) -> AbstractAsyncContextManager["asyncpg.Connection[asyncpg.Record]"]:
        """A connection outside of the pool, for who keeps it; see ``connect``."""
        return connect(self._url)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """One connection, without limits of time on what it does.

    Raises DependencyUnavailable, and RuntimeError if the URL cannot be read. For what is done with the connection in
    the block there is ``errors_translated``.
    """
    with errors_translated():
        connection = await asyncpg.connect(url, timeout=_CONNECT_TIMEOUT_S, server_settings=_NAME)
    try:
        yield connection
    finally:
        try:
            await connection.close(timeout=_CLOSE_TIMEOUT_S)
        except (*_AWAY, asyncpg.InterfaceError):
            connection.terminate()


async def _leave_as_it_is(connection: object) -> None:
    """Nothing that is done here outlives its statement, so nothing need be reset: a round trip saved each time."""


@contextmanager
def errors_translated() -> Iterator[None]:
    """What asyncpg raises in the block, in the language of the domain: DependencyUnavailable, or RuntimeError for a URL
    that cannot be read. Nothing of the URL, which holds a password, is shown.
    """
    try:
        yield
    except _AWAY as error:
        raise _unavailable() from error
    except _REFUSED as error:
        raise _unavailable("PostgreSQL refuses the user, password or name in OCR_DATABASE_URL.") from error
    except asyncpg.DataError:  # a ValueError too, but a fault of the statement
        raise
    except _MALFORMED:
        raise RuntimeError(
            "OCR_DATABASE_URL cannot be read; write postgresql://user:password@host:port/name."
        ) from None
    except asyncpg.InterfaceError as error:
        if "closed" not in str(error):
            raise
        raise _unavailable() from error  # it broke before the statement was sent


def _unavailable(message: str = "PostgreSQL cannot be reached.") -> DependencyUnavailable:
    return DependencyUnavailable(message, retry_after_s=_RETRY_AFTER_S)
