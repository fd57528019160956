"""Lets aiokafka's idempotent producer talk to Tansu, which begins with version 3 of InitProducerId; aiokafka has 0.

For the stack on one machine and for tests only: Apache Kafka takes version 0, and no server or worker elsewhere
imports this. Run as a program it is ``ocr-server`` with that added: ``python -m ocr_server.stack.tansu_shim worker``.
"""

import runpy

from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.protocol.types import CompactString, Int16, Int32, Int64, Schema, TaggedFields

_NO_PRODUCER = (-1, -1)


class InitProducerIdResponse_v3(Response):  # type: ignore[misc]  # noqa: N801  named as aiokafka names them
    """What the broker answers."""

    API_KEY = 22
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("tags", TaggedFields),
    )


class InitProducerIdRequest_v3(RequestStruct):  # type: ignore[misc]  # noqa: N801
    """What the producer asks."""

    FLEXIBLE_VERSION = True
    API_KEY = 22
    API_VERSION = 3
    RESPONSE_TYPE = InitProducerIdResponse_v3
    SCHEMA = Schema(
        ("transactional_id", CompactString("utf-8")),
        ("transaction_timeout_ms", Int32),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("tags", TaggedFields),
    )


def teach_aiokafka_version_3() -> None:
    """Let it offer version 3 beside its own; once is enough for the whole process."""
    build_v0 = InitProducerIdRequest.build

    def build(request: InitProducerIdRequest, version: type[RequestStruct]) -> RequestStruct:
        if version is InitProducerIdRequest_v3:
            return version(request._transactional_id, request._transaction_timeout_ms, *_NO_PRODUCER, {})
        return build_v0(request, version)

    InitProducerIdRequest.build = build
    InitProducerIdRequest._CLASSES = (*InitProducerIdRequest._CLASSES, InitProducerIdRequest_v3)


if __name__ == "__main__":
    teach_aiokafka_version_3()
    runpy.run_module("ocr_server", run_name="__main__", alter_sys=True)
