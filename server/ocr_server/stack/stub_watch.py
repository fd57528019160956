"""Finds models that lost a process, and loads them anew.

Triton does not: it keeps a dead stub's place, says that the model is ready, and fails each request that it sends there.
"""

import asyncio
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Container, Mapping

import structlog
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from ocr_server.stack.backoff import Backoff
from ocr_server.stack.stubs import Stub, kill
from ocr_server.stack.triton_process import TritonProcess

_LOOK_EVERY_S = 0.5
_ASK_TIMEOUT_S = 5.0
_LOAD_TIMEOUT_S = 120.0
# What a replaced process had to do is done by then.
_RETIRED_AFTER_S = 30.0

log = structlog.get_logger()


async def watch_stubs(process: TritonProcess, client: InferenceServerClient) -> None:
    """Mend until cancelled. If a model cannot be loaded anew, the whole server is killed."""
    loop = asyncio.get_running_loop()
    suspects = set(process.models)
    known: dict[int, Stub] = {}
    loaded_s: dict[str, float] = defaultdict(loop.time)
    due_s: dict[str, float] = defaultdict(float)
    backoffs: dict[str, Backoff] = defaultdict(Backoff)
    retired_s: dict[int, float] = {}
    while True:
        living = {stub.pid: stub for stub in await asyncio.to_thread(process.stubs)}
        suspects |= {stub.model for pid, stub in known.items() if pid not in living}
        known = living
        kill(stub for stub in living.values() if stub.is_stopped)  # and the next look finds it dead
        # Triton keeps the rest of a model for ever if one of its processes died over a request.
        retired_s = {pid: until_s for pid, until_s in retired_s.items() if pid in living}
        kill(living[pid] for pid, until_s in retired_s.items() if loop.time() >= until_s)
        for model in sorted(suspects):
            try:
                if not await _lacks_instances(process, client, model, without=retired_s):
                    suspects.discard(model)
                elif loop.time() >= due_s[model]:
                    await _load_anew(client, model)
                    retired_s |= dict.fromkeys(_of(model, living), loop.time() + _RETIRED_AFTER_S)
                    due_s[model] = loop.time() + backoffs[model].after(loop.time() - loaded_s[model])
                    loaded_s[model] = loop.time()
            except InferenceServerException as error:
                # Unreachable: it dies or hangs, which is for others to find.
                if error.status() not in ("StatusCode.UNAVAILABLE", "StatusCode.DEADLINE_EXCEEDED"):
                    log.error("triton.model_lost", model=model, why=error.message())
                    process.kill()
        await asyncio.sleep(_LOOK_EVERY_S)


def _of(model: str, stubs: Mapping[int, Stub]) -> list[int]:
    return [pid for pid, stub in stubs.items() if stub.model == model]


async def _lacks_instances(
    process: TritonProcess, client: InferenceServerClient, model: str, *, without: Container[int]
) -> bool:
    """Whether a version that Triton calls ready has fewer stubs than its config asks for, replaced ones not counted.

    A version that was unloaded in order lost its stubs as well, and is not ready any more.
    """
    index = await client.get_model_repository_index(client_timeout=_ASK_TIMEOUT_S)
    versions = [entry.version for entry in index.models if entry.name == model and entry.state == "READY"]
    stubs = [stub for stub in await asyncio.to_thread(process.stubs) if stub.pid not in without]
    living = Counter(stub.version for stub in stubs if stub.model == model)
    for version in versions:
        answer = await client.get_model_config(model, version, client_timeout=_ASK_TIMEOUT_S)
        if living[int(version)] < sum(group.count for group in answer.config.instance_group):
            return True
    return False


async def _load_anew(client: InferenceServerClient, model: str) -> None:
    """Load the versions that are loaded once more; the old ones serve until the new ones are ready."""
    log.error("triton.stub_died", model=model)
    answer = await client.get_model_config(model, as_json=True, client_timeout=_ASK_TIMEOUT_S)
    config = answer["config"]
    # Triton loads a model anew only if its config has changed.
    config.setdefault("parameters", {})["loaded_anew"] = {"string_value": secrets.token_hex(4)}
    await client.load_model(model, config=json.dumps(config), client_timeout=_LOAD_TIMEOUT_S)
    log.info("triton.model_loaded_anew", model=model)
