"""Gives each number back after the sleep it asks for, and the process that did so. A negative sleep never ends."""

import os
import time
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests: list[Any]) -> list[Any]:
        responses = []
        for request in requests:
            number, sleep_ms = (
                pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in ("number", "sleep_ms")
            )
            while sleep_ms.min() < 0:
                time.sleep(1)
            time.sleep(sleep_ms.sum() / 1000)
            pids = np.full_like(number, os.getpid())
            responses.append(
                pb_utils.InferenceResponse([pb_utils.Tensor("number", number), pb_utils.Tensor("pid", pids)])
            )
        return responses
