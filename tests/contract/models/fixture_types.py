"""Types of this folder's fixtures."""

from dataclasses import dataclass

from ocr_server.ports import AdjustableLineDetector, LineRecognizer, OrientationJudge


@dataclass(frozen=True, slots=True)
class Models:
    """Every model of the repository behind its port, each field by the model's name."""

    line_detector: AdjustableLineDetector
    line_detector_tiny: AdjustableLineDetector
    page_orientation: OrientationJudge
    line_recognizer_ctc: LineRecognizer
    trocr: LineRecognizer
