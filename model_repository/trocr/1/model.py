"""Reads lines with TrOCR."""

import triton_python_backend_utils as pb_utils

from ocr_models.triton.recognition import open_trocr
from ocr_models.triton.serving import Serving


class TritonPythonModel:
    """One instance; config.pbtxt tells its inputs and outputs."""

    def initialize(self, args):
        """Open the weights beside this file."""
        self._serving = Serving(pb_utils, args, open_trocr)

    def execute(self, requests):
        """Answer each request by itself."""
        return self._serving.execute(requests)
