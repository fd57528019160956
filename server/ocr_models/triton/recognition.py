"""Line recognizers as Triton models: one planned batch of crops in, what was read on each of them out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ocr_models.ctc_recognizer import CtcRecognizer
from ocr_models.model_version import trocr_files
from ocr_models.triton.batch import pack_reads, unpack_crops
from ocr_models.triton.serving import Answer, Arrays, OpenModel
from ocr_models.trocr.recognizer import TrocrRecognizer
from ocr_models.types import Image, ReadText


def open_ctc_recognizer(folder: Path, parameters: Mapping[str, str]) -> OpenModel:
    """Raises FileNotFoundError if the weights are missing, RuntimeError if the provider cannot run here."""
    weights = folder / "model.onnx"
    recognizer = CtcRecognizer(weights, provider=parameters["provider"])
    return OpenModel(_reading_with(recognizer.read), [weights])


def open_trocr(folder: Path, parameters: Mapping[str, str]) -> OpenModel:
    """Open the graphs of ``precision`` on ``provider``.

    Raises FileNotFoundError if they are missing, RuntimeError if the provider cannot run here.
    """
    precision = parameters["precision"]
    recognizer = TrocrRecognizer(folder, precision=precision, provider=parameters["provider"])
    return OpenModel(_reading_with(recognizer.read), trocr_files(folder, precision))


def _reading_with(read: Callable[[Sequence[Image]], list[ReadText]]) -> Callable[[Arrays], Answer]:
    def answer(inputs: Arrays) -> Answer:
        reads = read(unpack_crops(inputs["crops"], inputs["sizes_px"]))
        return Answer(pack_reads(reads), lines=len(reads), characters=sum(len(read.text) for read in reads))

    return answer
