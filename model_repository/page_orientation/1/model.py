"""Tells lines that stand on their head with PP-OCR's classifier."""

import triton_python_backend_utils as pb_utils

from ocr_models.triton.orientation import open_page_orientation
from ocr_models.triton.serving import Serving


class TritonPythonModel:
    """One instance; config.pbtxt tells its inputs and outputs."""

    def initialize(self, args):
        """Open the weights beside this file."""
        self._serving = Serving(pb_utils, args, open_page_orientation)

    def execute(self, requests):
        """Answer each request by itself."""
        return self._serving.execute(requests)
