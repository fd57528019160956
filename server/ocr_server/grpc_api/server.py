"""The gRPC server: services, health with Watch, reflection, limits of messages and streams."""

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from ocr_server._pb.ocr.v1 import (
    feedback_service_pb2,
    feedback_service_pb2_grpc,
    image_service_pb2,
    image_service_pb2_grpc,
    job_service_pb2,
    job_service_pb2_grpc,
    ocr_service_pb2,
    ocr_service_pb2_grpc,
)
from ocr_server.feedback import Feedback
from ocr_server.grpc_api.feedback_service import FeedbackServicer
from ocr_server.grpc_api.image_service import ImageServicer
from ocr_server.grpc_api.interceptor import CallInterceptor
from ocr_server.grpc_api.job_service import JobServicer
from ocr_server.grpc_api.ocr_service import OcrServicer
from ocr_server.images import Images
from ocr_server.jobs import Jobs
from ocr_server.metrics import Metrics
from ocr_server.ports import Answers
from ocr_server.reader import DocumentReader

# Room for a request's other fields around the image.
_MESSAGE_OVERHEAD_BYTES = 64 * 1024
_MAX_STREAMS_PER_CONNECTION = 128

_SERVICES = (
    ocr_service_pb2.DESCRIPTOR.services_by_name["OcrService"].full_name,
    job_service_pb2.DESCRIPTOR.services_by_name["JobService"].full_name,
    image_service_pb2.DESCRIPTOR.services_by_name["ImageService"].full_name,
    feedback_service_pb2.DESCRIPTOR.services_by_name["FeedbackService"].full_name,
)


class GrpcServer:
    """Listens on one address; ``port`` tells which, also where port 0 was asked for."""

    def __init__(
        self,
        *,
        reader: DocumentReader,
        answers: Answers,
        images: Images,
        jobs: Jobs,
        feedback: Feedback,
        metrics: Metrics,
        listen: str,
        max_image_bytes: int,
    ) -> None:
        """Raises RuntimeError if the address is taken."""
        self._server = grpc.aio.server(
            interceptors=[CallInterceptor(metrics)],
            options=[
                ("grpc.max_receive_message_length", max_image_bytes + _MESSAGE_OVERHEAD_BYTES),
                ("grpc.max_send_message_length", -1),
                ("grpc.max_concurrent_streams", _MAX_STREAMS_PER_CONNECTION),
                ("grpc.so_reuseport", 0),  # a second server on the same port is an error, not a silent twin
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ],
        )
        ocr_service_pb2_grpc.add_OcrServiceServicer_to_server(OcrServicer(reader, images, answers), self._server)
        job_service_pb2_grpc.add_JobServiceServicer_to_server(JobServicer(jobs), self._server)
        image_service_pb2_grpc.add_ImageServiceServicer_to_server(ImageServicer(images), self._server)
        feedback_service_pb2_grpc.add_FeedbackServiceServicer_to_server(FeedbackServicer(feedback), self._server)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        self.port: int = self._server.add_insecure_port(listen)

    async def start(self) -> None:
        """Accept calls and report SERVING."""
        await self._server.start()
        for service in ("", *_SERVICES):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace_s: float) -> None:
        """Report NOT_SERVING, refuse new calls, let running ones finish within the grace, then cancel them."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)

    async def wait(self) -> None:
        """Return when the server has stopped."""
        await self._server.wait_for_termination()
