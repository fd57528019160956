"""Finds models that hang: one that finishes nothing is sent its own warm-up sample, and has to finish that."""

import asyncio
from pathlib import Path

import structlog
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from ocr_server.stack.stubs import kill
from ocr_server.stack.triton_process import TritonProcess
from ocr_server.stack.warmup import warmup_inputs

_EVERY_S = 5.0
# Longer than anything that a model does in one go, on a busy machine too.
_PATIENCE_S = 15.0
_ASK_TIMEOUT_S = 5.0
_NO_ANSWER = "StatusCode.DEADLINE_EXCEEDED"

log = structlog.get_logger()


async def watch_by_canary(process: TritonProcess, client: InferenceServerClient, repository: Path, model: str) -> None:
    """Kill the stubs of a model that hangs, or the whole server if that does, until cancelled.

    A canary that waits behind real work is not mistaken for a hung model: that one finishes nothing at all.
    """
    finished = -1
    while True:
        await asyncio.sleep(_EVERY_S)
        stubs = [stub for stub in await asyncio.to_thread(process.stubs) if stub.model == model]
        try:
            before, finished = finished, await _finished(client, model)
            if finished != before or await _answers(client, repository, model):
                continue
            if await _finished(client, model) == finished:
                log.error("triton.model_hangs", model=model, for_s=_PATIENCE_S)
                kill(stubs)
        except InferenceServerException as error:
            if error.status() != _NO_ANSWER:
                # What is gone, or not loaded at the moment, is for others to find.
                log.warning("triton.canary_failed", model=model, why=error.message())
            elif not await _responds(client):
                log.error("triton.hangs", pid=process.pid)
                process.kill()


async def _finished(client: InferenceServerClient, model: str) -> int:
    """How many batches the loaded versions have computed. Requests would not do: Triton counts those given up, too."""
    answer = await client.get_inference_statistics(model, client_timeout=_ASK_TIMEOUT_S)
    return sum(one.execution_count for one in answer.model_stats)


async def _answers(client: InferenceServerClient, repository: Path, model: str) -> bool:
    """Whether the model answers its first warm-up sample in time; one that has none is trusted."""
    config = (await client.get_model_config(model, client_timeout=_ASK_TIMEOUT_S)).config
    if not config.model_warmup:
        return True
    try:
        await client.infer(model, warmup_inputs(config, repository / model), client_timeout=_PATIENCE_S)
    except InferenceServerException as error:
        if error.status() != _NO_ANSWER:
            raise
        return False
    return True


async def _responds(client: InferenceServerClient) -> bool:
    """Whether the server itself answers, however."""
    try:
        await client.is_server_live(client_timeout=_ASK_TIMEOUT_S)
    except InferenceServerException as error:
        return bool(error.status() != _NO_ANSWER)
    return True
