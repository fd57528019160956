"""Finds the text lines of a page with PP-OCRv6 small's detector."""

import triton_python_backend_utils as pb_utils

from ocr_models.triton.detection import open_line_detector
from ocr_models.triton.serving import Serving


class TritonPythonModel:
    """One instance; config.pbtxt tells its inputs and outputs."""

    def initialize(self, args):
        """Open the weights beside this file."""
        self._serving = Serving(pb_utils, args, open_line_detector)

    def execute(self, requests):
        """Answer each request by itself."""
        return self._serving.execute(requests)
