"""Around every call: a request id, the caller's tenant, errors as statuses, one log line, metrics."""

import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import grpc
import structlog
from grpc_status import rpc_status

from ocr_server.domain.errors import OcrError
from ocr_server.grpc_api.status import to_rpc_status
from ocr_server.metrics import Metrics

Context = grpc.aio.ServicerContext[Any, Any]
T = TypeVar("T")

DEFAULT_TENANT = "default"
_REQUEST_ID_KEY = "x-request-id"
_TENANT_KEY = "x-ocr-tenant"
_SAFE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_QUIET_SERVICES = ("/grpc.health.", "/grpc.reflection.")

# The shapes a method can have. A request that is streamed reaches the method as an iterator, unary ones as a message.
_SHAPES: dict[str, Callable[..., Any]] = {
    "unary_unary": grpc.unary_unary_rpc_method_handler,
    "unary_stream": grpc.unary_stream_rpc_method_handler,
    "stream_unary": grpc.stream_unary_rpc_method_handler,
    "stream_stream": grpc.stream_stream_rpc_method_handler,
}

log = structlog.get_logger()


def tenant_of(context: Context) -> str:
    """Who asks: the metadata key ``x-ocr-tenant``, which the gateway sets from the verified token."""
    return _metadata(context, _TENANT_KEY) or DEFAULT_TENANT


def log_unexpected(error: Exception) -> None:
    """Log what the caller is not told: the cause of an INTERNAL error."""
    if not isinstance(error, OcrError):
        log.error("call.failed", exc_info=error, notes=getattr(error, "__notes__", []))


class CallInterceptor(grpc.aio.ServerInterceptor):
    """The outermost layer of every method, whatever its requests and answers are: one message or a stream."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the method's handler; unknown methods pass through and answer UNIMPLEMENTED."""
        handler = await continuation(details)
        method: str = details.method
        if handler is None or method.startswith(_QUIET_SERVICES):
            return handler
        for shape, make_handler in _SHAPES.items():
            if behaviour := getattr(handler, shape):
                wrap = self._stream if handler.response_streaming else self._unary
                return make_handler(wrap(method, behaviour), handler.request_deserializer, handler.response_serializer)
        return handler

    def _unary(self, method: str, behaviour: Callable[[Any, Context], Awaitable[T]]) -> Any:
        async def call(request: Any, context: Context) -> T:
            async with self._around(method, context):
                return await behaviour(request, context)

        return call

    def _stream(self, method: str, behaviour: Callable[[Any, Context], AsyncIterator[T]]) -> Any:
        async def call(request: Any, context: Context) -> AsyncIterator[T]:
            async with self._around(method, context):
                async for message in behaviour(request, context):
                    yield message

        return call

    @asynccontextmanager
    async def _around(self, method: str, context: Context) -> AsyncIterator[None]:
        started_s = time.perf_counter()
        request_id = _metadata(context, _REQUEST_ID_KEY) or str(uuid.uuid4())
        structlog.contextvars.bind_contextvars(request_id=request_id, method=method, tenant=tenant_of(context))
        await context.send_initial_metadata(((_REQUEST_ID_KEY, request_id),))
        code = grpc.StatusCode.CANCELLED
        try:
            yield
            code = context.code() or grpc.StatusCode.OK
        except grpc.aio.AbortError:
            code = context.code()
            raise
        except NotImplementedError:
            code = grpc.StatusCode.UNIMPLEMENTED
            await context.abort(code, f"{method} is part of the contract but not offered by this server yet.")
        except Exception as error:
            status = to_rpc_status(error)
            code = _code(status.code)
            log_unexpected(error)
            await context.abort_with_status(rpc_status.to_status(status))
        finally:
            wall_s = time.perf_counter() - started_s
            self._metrics.observe_call(method, code.name, wall_s)
            log.info("call.done", code=code.name, wall_s=round(wall_s, 4))
            structlog.contextvars.clear_contextvars()


def _metadata(context: Context, key: str) -> str:
    for name, value in context.invocation_metadata() or ():
        if name == key and isinstance(value, str) and _SAFE.fullmatch(value):
            return value
    return ""


def _code(number: int) -> grpc.StatusCode:
    return next(code for code in grpc.StatusCode if code.value[0] == number)
