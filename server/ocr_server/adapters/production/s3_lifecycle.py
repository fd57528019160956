"""How long a bucket keeps images, told to the bucket itself: one rule, beside whatever rules others have made."""

from collections.abc import Sequence
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from ocr_server.adapters.production.s3_client import S3Bucket

Rule = dict[str, Any]

FOLDER = "images/"
RULE_ID = "ocr-server-images"
# What a server that was killed has sent of an upload is worth nothing after that.
_UNFINISHED_DAYS = 1

log = structlog.get_logger()


async def set_lifecycle(bucket: S3Bucket, retention_days: int) -> None:
    """Have images deleted after so many days, 0 for never, and what is left of unfinished uploads after one.

    A store that has no lifecycles, or a key that may not set them, keeps all of it; that is a warning in the log.
    """
    try:
        before = await _rules(bucket)
        wanted = rules_with(before, retention_days)
        if wanted != before:
            await bucket.client.put_bucket_lifecycle_configuration(
                Bucket=bucket.name, LifecycleConfiguration={"Rules": wanted}
            )
    except (BotoCoreError, ClientError) as error:  # stores without lifecycles answer with all sorts of codes
        log.warning("s3.no_lifecycle", bucket=bucket.name, retention_days=retention_days, why=str(error))


def rules_with(rules: Sequence[Rule], retention_days: int) -> list[Rule]:
    """Return the rules of a bucket, as S3 writes them, with ours for so many days; the others stay as they are."""
    ours: Rule = {
        "ID": RULE_ID,
        "Status": "Enabled",
        "Filter": {"Prefix": FOLDER},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UNFINISHED_DAYS},
    }
    if retention_days:
        ours["Expiration"] = {"Days": retention_days}
    if ours in rules:
        return list(rules)
    return [*(rule for rule in rules if rule.get("ID") != RULE_ID), ours]


async def _rules(bucket: S3Bucket) -> list[Rule]:
    try:
        answer = await bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return []
        raise
    rules: list[Rule] = answer.get("Rules", [])
    return rules
