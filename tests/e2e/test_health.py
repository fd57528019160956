"""Health with Watch, reflection, and a service that is not offered yet."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ocr_server._pb.ocr.v1.scan_service_pb2 import ScanFrame
from ocr_server._pb.ocr.v1.scan_service_pb2_grpc import ScanServiceStub

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("service", ["", "ocr.v1.OcrService", "ocr.v1.JobService"])
async def test_health_is_checked_and_watched(channel: grpc.aio.Channel, service: str) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest(service=service)
    assert (await stub.Check(request)).status == SERVING
    async for update in stub.Watch(request):
        assert update.status == SERVING
        break


async def test_reflection_lists_the_services(channel: grpc.aio.Channel) -> None:
    async def ask() -> reflection_pb2.ServerReflectionRequest:
        yield reflection_pb2.ServerReflectionRequest(list_services="")

    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    async for answer in stub.ServerReflectionInfo(ask()):
        names = {service.name for service in answer.list_services_response.service}
        assert {f"ocr.v1.{name}Service" for name in ("Ocr", "Job", "Image", "Feedback")} | {
            "grpc.health.v1.Health"
        } <= names
        break


async def test_a_service_of_a_later_release_answers_unimplemented(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async for _ in ScanServiceStub(channel).Scan(iter([ScanFrame()])):
            pass
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
