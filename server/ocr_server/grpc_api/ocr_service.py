"""OcrService: one image in, one document out, with or without its progress."""

import asyncio
from collections.abc import AsyncIterator

from ocr_server._pb.ocr.v1 import ocr_service_pb2 as pb
from ocr_server._pb.ocr.v1 import ocr_service_pb2_grpc as pb_grpc
from ocr_server._pb.ocr.v1 import recognition_pb2
from ocr_server.domain.document import Recognition
from ocr_server.domain.progress import Progress
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.interceptor import Context, log_unexpected, tenant_of
from ocr_server.grpc_api.replay import answered_once
from ocr_server.images import Images
from ocr_server.pipeline.trace import Emit
from ocr_server.ports import Answers
from ocr_server.reader import DocumentReader


class OcrServicer(pb_grpc.OcrServiceServicer):
    """Convert, read, convert. Errors leave as domain errors; the interceptor turns them into statuses."""

    def __init__(self, reader: DocumentReader, images: Images, answers: Answers) -> None:
        self._reader = reader
        self._images = images
        self._answers = answers

    async def Recognize(self, request: pb.RecognizeRequest, context: Context) -> recognition_pb2.RecognizeResponse:
        """Read one image; a repeated request_id gets the first answer again."""
        return await self._recognize(convert.image_request_from_pb(request), context)

    async def RecognizeRaw(
        self, request: pb.RecognizeRawRequest, context: Context
    ) -> recognition_pb2.RecognizeResponse:
        """Recognize with the image as the request's body."""
        return await self._recognize(convert.image_request_from_pb(request), context)

    async def RecognizeStream(self, request: pb.RecognizeRequest, context: Context) -> AsyncIterator[pb.RecognizeEvent]:
        """Tell how the reading goes, hand out what is found as it is found, end with one terminal event.

        A request that cannot be understood is aborted before the first event; every later failure is told in
        the terminal event, since HTTP/1.1 clients cannot see an aborted stream's status.
        """
        wanted = convert.image_request_from_pb(request)
        events: asyncio.Queue[Progress | None] = asyncio.Queue()
        reading = asyncio.create_task(self._fetch_and_read(wanted, context, events.put_nowait), name="recognize-stream")
        reading.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (progress := await events.get()) is not None:
                yield convert.progress_to_pb(progress)
            try:
                yield convert.succeeded_to_pb(await reading)
            except Exception as error:
                log_unexpected(error)
                yield convert.failed_to_pb(error)
        finally:  # the client may have gone
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _recognize(self, wanted: convert.ImageRequest, context: Context) -> recognition_pb2.RecognizeResponse:
        tenant = tenant_of(context)
        image = await self._images.fetch(tenant, wanted.image)

        async def read() -> recognition_pb2.RecognizeResponse:
            return convert.recognition_to_pb(
                await self._reader.read(image, wanted.options, tenant=tenant, time_remaining_s=context.time_remaining())
            )

        return await answered_once(self._answers, tenant, wanted.request_id, image, wanted.options, read)

    async def _fetch_and_read(self, wanted: convert.ImageRequest, context: Context, emit: Emit) -> Recognition:
        tenant = tenant_of(context)
        image = await self._images.fetch(tenant, wanted.image)
        return await self._reader.read(
            image, wanted.options, emit, tenant=tenant, time_remaining_s=context.time_remaining()
        )
