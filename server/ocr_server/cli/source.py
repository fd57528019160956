"""Who reads for the command line: this process, or a running server. Both answer with the contract's messages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import grpc

from ocr_server._pb.ocr.v1 import ocr_service_pb2 as pb
from ocr_server._pb.ocr.v1 import ocr_service_pb2_grpc as pb_grpc
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.bootstrap import open_reader
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import OcrError
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.status import retry_after_s
from ocr_server.reader import DocumentReader
from ocr_server.settings import Settings

OnEvent = Callable[[pb.RecognizeEvent], None]

_MAX_TRIES_WHEN_BUSY = 10


class ReadingFailed(Exception):
    """This file could not be read; the message is for people."""


class Source(Protocol):
    """Reads one file, telling its progress."""

    async def read(self, content: bytes, options: RecognizeOptions, on_event: OnEvent) -> RecognizeResponse:
        """Raises ReadingFailed."""
        ...


class EmbeddedSource:
    """Reads in this process, without sockets."""

    def __init__(self, reader: DocumentReader) -> None:
        self.reader = reader

    async def read(self, content: bytes, options: RecognizeOptions, on_event: OnEvent) -> RecognizeResponse:
        """See Source."""
        try:
            recognition = await self.reader.read(
                content, options, lambda progress: on_event(convert.progress_to_pb(progress)), patient=True
            )
        except OcrError as error:
            raise ReadingFailed(str(error)) from error
        return convert.recognition_to_pb(recognition)


class RemoteSource:
    """Reads through RecognizeStream of a running server; comes back later when the server says it is busy."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = pb_grpc.OcrServiceStub(channel)

    async def read(self, content: bytes, options: RecognizeOptions, on_event: OnEvent) -> RecognizeResponse:
        """See Source."""
        request = pb.RecognizeRequest(image=content, options=convert.options_to_pb(options))
        for _ in range(_MAX_TRIES_WHEN_BUSY):
            try:
                terminal = await self._stream(request, on_event)
            except grpc.aio.AioRpcError as error:
                raise ReadingFailed(f"{error.code().name}: {error.details()}") from error
            if terminal.HasField("response"):
                return terminal.response
            wait_s = retry_after_s(terminal.error)
            if wait_s is None:
                raise ReadingFailed(terminal.error.message)
            await asyncio.sleep(wait_s)
        raise ReadingFailed("The server stayed busy.")

    async def _stream(self, request: pb.RecognizeRequest, on_event: OnEvent) -> pb.RecognizeTerminal:
        async for event in self._stub.RecognizeStream(request):
            if event.HasField("terminal"):
                terminal: pb.RecognizeTerminal = event.terminal
                return terminal
            on_event(event)
        raise ReadingFailed("The server ended the stream without a terminal event.")


@asynccontextmanager
async def open_source(target: str | None, settings: Settings) -> AsyncIterator[Source]:
    """A running server at ``target``, or this process."""
    if target is None:
        async with open_reader(settings) as reader:
            yield EmbeddedSource(reader)
    else:
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        async with grpc.aio.insecure_channel(target, options=options) as channel:
            yield RemoteSource(channel)
