"""Health with Watch, reflection, and methods that are not offered yet."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ocr_server._pb.ocr.v1 import feedback_service_pb2, job_service_pb2
from ocr_server._pb.ocr.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub

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
        assert {"ocr.v1.OcrService", "ocr.v1.JobService", "grpc.health.v1.Health"} <= names
        break


async def test_methods_of_later_releases_answer_unimplemented(channel: grpc.aio.Channel) -> None:
    for call in (
        JobServiceStub(channel).SubmitBatch(job_service_pb2.SubmitBatchRequest()),
        FeedbackServiceStub(channel).GetAccuracy(feedback_service_pb2.GetAccuracyRequest()),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
