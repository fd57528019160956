"""The one rule that a server adds to a bucket's lifecycle."""

import pytest

from ocr_server.adapters.production.s3_lifecycle import FOLDER, RULE_ID, Rule, rules_with

OTHERS: list[Rule] = [
    {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}},
    {"Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]},
]


def test_images_are_deleted_after_their_days() -> None:
    (rule,) = rules_with([], 30)
    assert (rule["ID"], rule["Status"], rule["Filter"]) == (RULE_ID, "Enabled", {"Prefix": FOLDER})
    assert rule["Expiration"] == {"Days": 30}


def test_without_days_images_are_kept_but_not_what_is_left_of_unfinished_uploads() -> None:
    (rule,) = rules_with([], 0)
    assert "Expiration" not in rule
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


@pytest.mark.parametrize("days", [0, 7])
def test_rules_of_others_stay_and_ours_is_replaced(days: int) -> None:
    rules = rules_with([OTHERS[0], *rules_with([], 30), OTHERS[1]], days)
    assert rules == [*OTHERS, *rules_with([], days)]


@pytest.mark.parametrize("days", [0, 7])
def test_nothing_changes_where_the_rule_is_there(days: int) -> None:
    there = [OTHERS[0], *rules_with([], days), OTHERS[1]]
    assert rules_with(there, days) == there
