from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from ocr_server.adapters.production.model_roles import NoRoles, Roles

MODEL_REPOSITORY = Path(__file__).parents[3] / "model_repository"
CONFIG = """# Reads lines.
name: "trocr"
version_policy { specific { versions: [ 1 ] } }
parameters { key: "serving_version" value { string_value: "1" } }
# Which of the graphs.
parameters { key: "precision" value { string_value: "int8" } }
"""


def roles_of(text: str) -> Roles:
    return Roles.of(text_format.Parse(text, ModelConfig()))


def test_a_trial_from_loading_to_going_back() -> None:
    roles = roles_of(CONFIG)
    assert roles == Roles((1,), 1)
    roles = roles.with_loaded(2).with_shadow(2, 0.1)
    assert roles == Roles((1, 2), 1, shadow=2, shadow_share=0.1)
    roles = roles.promoted(2)
    assert roles == Roles((1, 2), 2, previous=1)
    assert roles.rolled_back() == Roles((1,), 1)


def test_going_back_before_anything_was_promoted_ends_the_trial() -> None:
    assert Roles((1, 2), 1, shadow=2, shadow_share=0.5).rolled_back() == Roles((1,), 1)


def test_a_share_of_nothing_ends_the_comparison() -> None:
    assert Roles((1, 2), 1, shadow=2, shadow_share=0.5).with_shadow(2, 0) == Roles((1, 2), 1)


@pytest.mark.parametrize(
    "roles",
    [Roles((1,), 1), Roles((1, 2), 1, shadow=2, shadow_share=0.1), Roles((2, 3, 12), 12, previous=3)],
)
def test_what_is_written_is_what_is_read_and_all_else_stays(roles: Roles) -> None:
    text = roles.written_into(CONFIG)
    assert roles_of(text) == roles
    assert text.startswith('# Reads lines.\nname: "trocr"\nversion_policy')
    assert text.endswith('# Which of the graphs.\nparameters { key: "precision" value { string_value: "int8" } }\n')
    assert Roles((1,), 1).written_into(text) == CONFIG


def test_trocrs_config_can_be_changed() -> None:
    text = (MODEL_REPOSITORY / "trocr/config.pbtxt").read_text()
    roles = roles_of(text).with_loaded(7).promoted(7)
    assert roles_of(roles.written_into(text)) == roles


def test_a_version_that_is_not_loaded_can_have_no_part() -> None:
    roles = Roles((1,), 1)
    with pytest.raises(NoRoles, match="version 2 is not loaded, only 1"):
        roles.promoted(2)
    with pytest.raises(NoRoles, match="version 2 is not loaded, only 1"):
        roles.with_shadow(2, 0.1)
    with pytest.raises(NoRoles, match="gives a part to a version that it does not load"):
        roles_of(CONFIG.replace('"1"', '"2"'))


def test_the_serving_version_can_be_neither_promoted_nor_on_trial() -> None:
    with pytest.raises(NoRoles, match="serves already"):
        Roles((1, 2), 2).promoted(2)
    with pytest.raises(NoRoles, match="serves already"):
        Roles((1, 2), 2).with_shadow(2, 0.1)


def test_with_one_version_there_is_nothing_to_go_back_from() -> None:
    with pytest.raises(NoRoles, match="nothing to go back from"):
        Roles((1,), 1).rolled_back()


@pytest.mark.parametrize(
    "text",
    [
        CONFIG.replace("specific { versions: [ 1 ] }", "latest { num_versions: 1 }"),
        CONFIG.replace("serving_version", "serving"),
    ],
)
def test_a_config_that_does_not_say_who_serves_has_no_roles(text: str) -> None:
    with pytest.raises(NoRoles, match="needs a version_policy of specific versions and serving_version"):
        roles_of(text)


def test_roles_told_over_several_lines_are_not_half_replaced() -> None:
    spread = CONFIG.replace("version_policy { specific {", "version_policy {\n  specific {")
    with pytest.raises(NoRoles, match="on lines of their own"):
        Roles((1, 2), 1).written_into(spread)
