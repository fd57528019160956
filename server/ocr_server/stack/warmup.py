"""A question that any model can answer: the first warm-up sample of its config."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig
from tritonclient.utils import triton_to_np_dtype


def warmup_inputs(config: ModelConfig, model_folder: Path) -> Sequence[InferInput]:
    """Build the inputs of the first ``model_warmup``; zeros where it asks for random data.

    model_folder: the model's in the repository, whose ``warmup`` holds the files that the config names.
    Raises IndexError if the config has no warm-up.
    """
    warmup, inputs = config.model_warmup[0], []
    for name, told in warmup.inputs.items():
        type_name = DataType.Name(told.data_type).removeprefix("TYPE_")
        shape = [*([warmup.batch_size] if config.max_batch_size else []), *told.dims]
        values = np.zeros(shape, triton_to_np_dtype(type_name))
        if told.input_data_file:
            row = np.frombuffer((model_folder / "warmup" / told.input_data_file).read_bytes(), values.dtype)
            values[:] = row.reshape(told.dims)
        tensor = InferInput(name, shape, type_name)
        tensor.set_data_from_numpy(values)
        inputs.append(tensor)
    return inputs
