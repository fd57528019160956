"""One way to Triton for all models: deadlines, cancellation, one retry, a circuit, several connections."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from numpy.typing import NDArray
from tritonclient.grpc import InferInput, InferRequestedOutput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from ocr_server.adapters.production.circuit import Circuit, Unreachable
from ocr_server.adapters.production.known_roles import KnownRoles
from ocr_server.adapters.production.model_roles import Roles
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable
from ocr_server.ports import remaining_s

Arrays = Mapping[str, NDArray[Any]]

# At 16 calls side by side, several connections carry half as much again as one.
_CONNECTIONS = 4
_CONNECTION_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),  # or all channels share one connection
    # gRPC's own backoff grows to two minutes; a restarted Triton is back within a second.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 2_000),  # how long it may take to connect, whatever its name says
    ("grpc.max_reconnect_backoff_ms", 200),
)
# More for one model wait here, not in Triton's queue: who has gone is not computed for.
_CALLS_IN_FLIGHT = 8
# No unit of work takes nearly this long: Triton hangs.
_LONGEST_CALL_S = 30.0
# A model that is being loaded anew, or a Triton that is being restarted, is back within this time.
_PATIENCE_S = 5.0
_POLL_S = 0.05
_POLL_TIMEOUT_S = 0.5
_START_S = 30.0

log = structlog.get_logger()


class _Away(Exception):
    """Triton is there, but for the moment it has no such model: a new version is being loaded, say."""


class _Failed(Exception):
    """Triton could not bring the question to the model: its process was killed, or shared memory is full."""


class TritonClient:
    """Asks models on one Triton server."""

    def __init__(self, connections: Sequence[InferenceServerClient], server_version: str) -> None:
        self.server_version = server_version
        self._connections = connections
        self._next_connection = itertools.cycle(connections)
        self._circuit = Circuit("Triton")
        self._roles = KnownRoles(connections[0])
        self._turns: Mapping[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_CALLS_IN_FLIGHT))
        self._polling: Mapping[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def infer(self, model: str, inputs: Arrays, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Ask ``model`` and return its outputs, by name.

        If the awaiting task is cancelled, so is the call, there as well. A server or model that is away is waited for,
        five seconds at most; a call that failed is made once more, which another instance of the model may answer.

        Raises DependencyUnavailable, DeadlineExceeded, and RuntimeError where the fault is in this server's question
        or in the model's code.
        """
        async with self._turns[model]:
            with self._circuit.attempt() as is_trial:
                failures, give_up_s = 0, _now_s() if is_trial else None
                while True:
                    try:
                        roles = await self._roles.of(model)
                        return await self.ask_once(model, inputs, outputs, str(roles.serving) if roles else "")
                    except (_Away, _Failed, Unreachable) as error:
                        log.warning("triton.failed", model=model, why=str(error))
                        self._roles.forget(model)
                        failures += not isinstance(error, _Away)  # where there is no model, nobody was asked
                        give_up_s = give_up_s or _now_s() + _PATIENCE_S
                        if failures <= 1 and await self._is_back(model, give_up_s):
                            continue
                        if isinstance(error, Unreachable):
                            raise
                        raise DependencyUnavailable(f"The model {model} cannot be asked at present.") from error

    async def roles_of(self, model: str) -> Roles | None:
        """What the model's versions are for; None where Triton alone decides which is asked."""
        return await self._roles.of(model)

    async def ask_once(
        self, model: str, inputs: Arrays, outputs: Sequence[str], version: str
    ) -> dict[str, NDArray[Any]]:
        """Ask one version, "" for Triton's choice. Whatever goes wrong is raised, and is not held against Triton."""
        left_s = remaining_s()
        timeout_s = _LONGEST_CALL_S if left_s is None else min(left_s, _LONGEST_CALL_S)
        try:
            result = await next(self._next_connection).infer(
                model,
                [_as_input(name, values) for name, values in inputs.items()],
                model_version=version,
                outputs=[InferRequestedOutput(name) for name in outputs],
                client_timeout=timeout_s,
            )
        except InferenceServerException as error:
            raise _told_apart(model, error, is_last_moment=timeout_s == left_s) from error
        answer = {name: result.as_numpy(name) for name in outputs}
        if missing := [name for name, values in answer.items() if values is None]:
            raise DependencyUnavailable(f"The model {model} on Triton gave no {' and no '.join(missing)}.")
        return answer

    async def _is_back(self, model: str, give_up_s: float) -> bool:
        """Wait until the model is ready; False if it is not when it is time to give up."""
        while _now_s() < give_up_s:
            async with self._polling[model]:  # one asks, whoever else waits asks after it
                if await self._is_ready(model):
                    return True
                await asyncio.sleep(_POLL_S)
        return False

    async def _is_ready(self, model: str) -> bool:
        """Whether every connection says so: each finds back to a restarted server in its own time."""
        asked = (connection.is_model_ready(model, client_timeout=_POLL_TIMEOUT_S) for connection in self._connections)
        return all(ready is True for ready in await asyncio.gather(*asked, return_exceptions=True))


@asynccontextmanager
async def connect_triton(url: str) -> AsyncIterator[TritonClient]:
    """Connect to the Triton server whose gRPC endpoint is at ``url``, host and port; wait for it if it is starting.

    Raises DependencyUnavailable if it does not answer.
    """
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(InferenceServerClient(url, channel_args=_CONNECTION_OPTIONS))
            for _ in range(_CONNECTIONS)
        ]
        give_up_s = _now_s() + _START_S
        while True:
            try:
                metadata = await connections[0].get_server_metadata(client_timeout=_POLL_TIMEOUT_S)
                break
            except InferenceServerException as error:
                if _now_s() > give_up_s:
                    raise DependencyUnavailable(f"Triton does not answer at {url}: {error.message()}") from error
                await asyncio.sleep(_POLL_S)
        yield TritonClient(connections, metadata.version)


def _as_input(name: str, values: NDArray[Any]) -> InferInput:
    return InferInput(name, values.shape, np_to_triton_dtype(values.dtype)).set_data_from_numpy(values)


def _told_apart(model: str, error: InferenceServerException, *, is_last_moment: bool) -> Exception:
    """What Triton's status means for the call."""
    code, message = str(error.status()).removeprefix("StatusCode."), str(error.message())
    if code == "DEADLINE_EXCEEDED" and is_last_moment:
        return DeadlineExceeded(f"The deadline passed while {model} was asked.")
    if code == "NOT_FOUND" or "is not at ready state" in message:
        return _Away(message)
    if code in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
        return Unreachable(f"{code}: {message}")
    if code in ("INVALID_ARGUMENT", "UNKNOWN"):
        return RuntimeError(f"{model} on Triton: {message}")
    return _Failed(f"{code}: {message}")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
