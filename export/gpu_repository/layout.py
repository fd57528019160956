"""What a model for a GPU has in common with the one that runs on a laptop: all but its graphs and three settings.

The python model, the inputs and outputs and the warm-up are the laptop's own files, so whoever asks the models does
not see a difference. What config.pbtxt says otherwise is where the model runs: ``KIND_GPU`` and CUDA.
"""

import shutil
from pathlib import Path

from export.trocr.triton_layout import on_gpu

LAPTOP = Path(__file__).parents[2] / "model_repository"
# Each is one graph, model.onnx. TrOCR, which has two and much else, comes from its checkpoint.
NETWORKS = ("line_detector", "line_detector_tiny", "line_recognizer_ctc", "page_orientation")


def lay_out(model: str, repository: Path) -> Path:
    """Write all but the graph of one of NETWORKS; return where that belongs."""
    source, target = LAPTOP / model, repository / model
    (target / "1").mkdir(parents=True)
    shutil.copy(source / "1" / "model.py", target / "1")
    shutil.copytree(source / "warmup", target / "warmup")
    configuration = (source / "config.pbtxt").read_text(encoding="utf-8")
    (target / "config.pbtxt").write_text(on_gpu(configuration), encoding="utf-8")
    return target / "1" / "model.onnx"
