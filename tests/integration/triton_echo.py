"""What the tests of Triton's launcher and supervisor share: a small model, questions to it, and traces it may leave."""

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

MODELS = Path(__file__).with_name("triton_models")


async def ask(client: InferenceServerClient, number: int, *, sleep_ms: int = 0, timeout_s: float = 20) -> int:
    """The process that answered, which gave the right number back."""
    inputs = []
    for name, value in (("number", number), ("sleep_ms", sleep_ms)):
        tensor = InferInput(name, [1, 1], "INT32")
        tensor.set_data_from_numpy(np.array([[value]], np.int32))
        inputs.append(tensor)
    answer = await client.infer("echo", inputs, client_timeout=timeout_s)
    assert answer.as_numpy("number").tolist() == [[number]], "nothing wrong is ever returned"
    return int(answer.as_numpy("pid")[0, 0])


def shared_memory(prefix: str) -> list[str]:
    """The regions of a tritonserver that are there."""
    return [region.name for region in Path("/dev/shm").glob(f"{prefix}*")]


async def eventually(holds: Callable[[], bool], *, within_s: float) -> None:
    """Wait until it holds; fail if it does not in time."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, f"not within {within_s} s"
        await asyncio.sleep(0.05)


def runs(pid: int) -> bool:
    """Whether the process is there, and not only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def copy_of_models(folder: Path) -> Path:
    """The small model's repository, to be changed."""
    return Path(shutil.copytree(MODELS, folder / "models", ignore=shutil.ignore_patterns("__pycache__")))
