"""FeedbackService: what people made of documents, and how accurate that shows the server to be."""

from datetime import UTC, datetime

from ocr_server._pb.ocr.v1 import feedback_service_pb2 as pb
from ocr_server._pb.ocr.v1 import feedback_service_pb2_grpc as pb_grpc
from ocr_server.feedback import Feedback
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.interceptor import Context, tenant_of


class FeedbackServicer(pb_grpc.FeedbackServiceServicer):
    """Convert, call, convert."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    async def SubmitCorrection(self, request: pb.SubmitCorrectionRequest, context: Context) -> pb.Correction:
        """Record what a person made of one document; a repeated request_id returns what the first call recorded."""
        review, request_id = convert.review_from_pb(request), convert.request_id_from_pb(request.request_id)
        return convert.correction_to_pb(await self._feedback.submit(tenant_of(context), review, request_id))

    async def GetAccuracy(self, request: pb.GetAccuracyRequest, context: Context) -> pb.GetAccuracyResponse:
        """Sum up the tenant's corrections of a period."""
        query = convert.accuracy_query_from_pb(request, tenant_of(context), datetime.now(UTC))
        return convert.accuracy_to_pb(query, await self._feedback.accuracy(query))
