"""One way to a bucket: timeouts, retries, a circuit, and S3's errors in the language of the domain."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import structlog
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)
from pydantic import SecretStr

from ocr_server.adapters.production.circuit import Circuit, Unreachable
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable
from ocr_server.ports import remaining_s

_CONNECT_TIMEOUT_S = 2.0
_SILENCE_TIMEOUT_S = 10.0
# No blob takes nearly this long, retries and all.
_LONGEST_CALL_S = 60.0
_ATTEMPTS = 3
_CONNECTIONS = 50
_START_S = 30.0
_POLL_S = 0.25

_REFUSED_KEY = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403"}

log = structlog.get_logger()


class S3Bucket:
    """A bucket, and how long to wait for it. client: of aiobotocore, which retries what may be retried."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self._circuit = Circuit("The image store")

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[None]:
        """Ask S3 within the block, and within the caller's deadline.

        Raises DependencyUnavailable or DeadlineExceeded. Only what ``is_missing`` passes through as it is.
        """
        left_s = remaining_s()
        timeout_s = _LONGEST_CALL_S if left_s is None else min(left_s, _LONGEST_CALL_S)
        with self._circuit.attempt():
            try:
                async with asyncio.timeout(timeout_s):
                    yield
            except ClientError as error:
                if is_missing(error):
                    raise
                raise _refused(error) from error
            except NoCredentialsError as error:
                raise DependencyUnavailable("The image store wants an access key and this server has none.") from error
            except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
                log.warning("s3.failed", why=str(error))
                raise Unreachable(str(error)) from error
            except TimeoutError as error:
                if timeout_s == left_s:
                    raise DeadlineExceeded("The deadline passed while the image store was asked.") from error
                raise Unreachable(f"no answer within {timeout_s:.0f} s") from error


@asynccontextmanager
async def connect_s3(
    bucket: str, *, endpoint: str, region: str, access_key: str, secret_key: SecretStr
) -> AsyncIterator[S3Bucket]:
    """Connect to a bucket, make it if there is none, and wait for an S3 that is starting; one for the process.

    endpoint: a URL; empty for Amazon's own, by region. access_key: empty for what the machine or its role provides.

    Raises DependencyUnavailable if S3 does not answer or refuses the key.
    """
    config = AioConfig(
        signature_version="s3v4",
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_SILENCE_TIMEOUT_S,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        # Every upload carries the SHA-256 it is named by, signed, and S3 checks it: hashing it again to sign it, or a
        # CRC beside it, would check nothing more. What is fetched is checked against its name.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint else "auto", "payload_signing_enabled": False},
    )
    opening = _session().create_client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        aws_access_key_id=access_key or None,
        aws_secret_access_key=secret_key.get_secret_value() or None,
        config=config,
    )
    async with opening as client:
        found = S3Bucket(client, bucket)
        await _wait_for(found, region)
        yield found


def is_missing(error: ClientError) -> bool:
    """Whether S3 says that there is no such object or upload."""
    return error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchUpload", "404")


@cache
def _session() -> AioSession:
    """Made once, because it reads the description of S3, which takes a tenth of a second."""
    return get_session()


async def _wait_for(bucket: S3Bucket, region: str) -> None:
    give_up_s = _now_s() + _START_S
    while True:
        try:
            # Listing also shows that the key may list: without that, S3 answers 403 for what is not there.
            await bucket.client.list_objects_v2(Bucket=bucket.name, MaxKeys=1)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise _refused(error) from error
            await _create(bucket, region)
            return
        except BotoCoreError as error:
            if isinstance(error, NoCredentialsError) or _now_s() > give_up_s:
                raise DependencyUnavailable(f"The image store does not answer: {error}") from error
        await asyncio.sleep(_POLL_S)


async def _create(bucket: S3Bucket, region: str) -> None:
    # The default region of S3 is the one that it does not want to be told.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        await bucket.client.create_bucket(Bucket=bucket.name, **where)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":  # another replica was faster
            raise _refused(error) from error
    log.warning("s3.bucket_created", bucket=bucket.name)


def _refused(error: ClientError) -> DependencyUnavailable:
    """What S3's error means for the call; the whole of it goes to the log."""
    code = error.response["Error"]["Code"]
    log.error("s3.refused", operation=error.operation_name, code=code, why=str(error))
    if code in _REFUSED_KEY:
        return DependencyUnavailable(f"The image store refuses this server's access key ({code}).")
    return DependencyUnavailable(f"The image store answers {code}.")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
