"""What the tests of Triton's launcher and supervisor share: a small model, questions to it, and traces it may leave."""

import shutil
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


def copy_of_models(folder: Path) -> Path:
    """The small model's repository, to be changed."""
    return Path(shutil.copytree(MODELS, folder / "models", ignore=shutil.ignore_patterns("__pycache__")))
