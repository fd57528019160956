"""How every model on this server is opened for inference: one thread per run, memory that stays bounded."""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

CPU = "CPUExecutionProvider"
# What a provider is told. By default cuDNN tries all its algorithms on each new shape, and every page has its own.
_OPTIONS = {"CUDAExecutionProvider": {"cudnn_conv_algo_search": "HEURISTIC"}}


def open_session(model_path: Path, *, threads: int = 1, provider: str = CPU) -> onnxruntime.InferenceSession:
    """Open the ONNX model at ``model_path`` for inference with onnxruntime's execution ``provider``.

    One run uses ``threads`` cores; the server works in parallel by running several units of work side by
    side, which costs less than splitting each of them. Threads may share a session.

    Raises FileNotFoundError if the weights are not there, RuntimeError if the provider cannot run here: onnxruntime
    itself would fall back to the CPU without a word.
    """
    if not model_path.is_file():
        raise FileNotFoundError(f"no model weights at {model_path}: run `make setup`")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # Every page has its own shape, and a memory pattern is kept for each one. The arena stays: 60 shapes from two
    # threads peaked at 0.5 GB with it and 0.9 GB without, where fresh pages cost a quarter more CPU as well.
    options.enable_mem_pattern = False
    session = onnxruntime.InferenceSession(model_path, options, providers=[(provider, _OPTIONS.get(provider, {}))])
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"{provider} does not run here; {model_path} would run on {session.get_providers()[0]}")
    return session


def infer(session: onnxruntime.InferenceSession, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a model that has one input and one output."""
    (model_input,) = session.get_inputs()
    (output,) = session.run(None, {model_input.name: tensor})
    return np.asarray(output)
