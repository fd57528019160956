"""Reads lines with PP-OCRv6 small's recognizer."""

import triton_python_backend_utils as pb_utils

from ocr_models.triton.recognition import open_ctc_recognizer
from ocr_models.triton.serving import Serving


class TritonPythonModel:
    """One instance; config.pbtxt tells its inputs and outputs."""

    def initialize(self, args):
        """Open the weights beside this file."""
        self._serving = Serving(pb_utils, args, open_ctc_recognizer)

    def execute(self, requests):
        """Answer each request by itself."""
        return self._serving.execute(requests)
