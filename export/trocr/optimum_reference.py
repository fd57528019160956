"""The standard path: optimum's export, which anyone can run, and its `generate` over onnxruntime."""

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from export.trocr.checkpoint import Checkpoint
from export.trocr.reference import pixel_values, settings, up_to_end


def export_with_optimum(checkpoint: Path, folder: Path) -> None:
    """Export the checkpoint in folder `checkpoint` to `folder`: encoder, decoder, and decoder with its past.

    The same as `optimum-cli export onnx --model CHECKPOINT --task image-to-text-with-past FOLDER`.
    """
    from optimum.exporters.onnx import main_export  # type: ignore[import-untyped]

    logging.getLogger("optimum").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main_export(str(checkpoint), folder, task="image-to-text-with-past", do_validation=False)


class OptimumReader:
    """An export of optimum's, opened for one thread on the CPU."""

    def __init__(self, checkpoint: Checkpoint, folder: Path) -> None:
        from optimum.onnxruntime import ORTModelForVision2Seq  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._checkpoint = checkpoint
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._model: Any = ORTModelForVision2Seq.from_pretrained(folder, session_options=options)

    def generate(self, pixels: NDArray[np.uint8]) -> list[list[int]]:
        """Token ids of lines; as `reference.generate`, but an encoder of columns takes its full window only."""
        written = self._model.generate(
            pixel_values=pixel_values(self._checkpoint, pixels), generation_config=settings(self._checkpoint)
        )
        return [up_to_end(row, self._checkpoint.tokens.end) for row in written[:, 1:].tolist()]
