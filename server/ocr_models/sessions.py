"""How every model on this server is opened for inference: one thread per run, memory that stays bounded."""

from pathlib import Path

import onnxruntime


def open_session(model_path: Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open the ONNX model at ``model_path`` for inference on the CPU.

    One run uses ``threads`` cores; the server works in parallel by running several units of work side by side,
    which costs less than splitting each of them. ``InferenceSession.run`` may be called from several threads.

    Raises FileNotFoundError if the weights are not there.
    """
    if not model_path.is_file():
        raise FileNotFoundError(f"no model weights at {model_path}: run `make setup`")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # Every page has its own shape. The arena and the memory patterns would keep the buffers of each shape seen.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model_path, options, providers=["CPUExecutionProvider"])
