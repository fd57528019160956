"""Sleeps for as long as it is asked to, deaf to all else, and is served as the real models are, only less patiently."""

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

from ocr_models.triton import serving

serving._LONGEST_REQUEST_S = 2.0
# Unlike time.sleep, it keeps the interpreter from running any other thread, as native code may that hangs.
_SLEEP = ctypes.PyDLL(None).sleep


def open_sleeper(folder: Path, parameters: Mapping[str, str]) -> serving.OpenModel:
    def answer(inputs: serving.Arrays) -> serving.Answer:
        _SLEEP(int(inputs["sleep_s"][0]))
        return serving.Answer({"pid": np.array([os.getpid()], np.int32)}, lines=1)

    return serving.OpenModel(answer, [folder / "model.py"])


class TritonPythonModel:
    def initialize(self, args: Mapping[str, str]) -> None:
        self._serving = serving.Serving(pb_utils, args, open_sleeper)

    def execute(self, requests: list[Any]) -> list[Any]:
        return self._serving.execute(requests)
