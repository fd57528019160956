"""Line detection as a Triton model: what ``look_at`` made of a page in, quads in its pixels out."""

from collections.abc import Mapping
from pathlib import Path

from ocr_models.line_detector import STRIDE_PX, LineDetector
from ocr_models.triton.serving import Answer, Arrays, InvalidInput, OpenModel

_MAX_UNCLIP_RATIO = 10.0


def open_line_detector(folder: Path, parameters: Mapping[str, str]) -> OpenModel:
    """Raises FileNotFoundError if the weights are missing, RuntimeError if the provider cannot run here."""
    weights = folder / "model.onnx"
    detector = LineDetector(weights, provider=parameters["provider"])

    def answer(inputs: Arrays) -> Answer:
        image, unclip_ratio = inputs["image"], float(inputs["unclip_ratio"][0])
        if not image.size or any(side_px % STRIDE_PX for side_px in image.shape[:2]):
            raise InvalidInput(f"image: its sides must be whole strides of {STRIDE_PX} px, not {image.shape[:2]}")
        if not 0 < unclip_ratio <= _MAX_UNCLIP_RATIO:
            raise InvalidInput(f"unclip_ratio: must be above 0 and at most {_MAX_UNCLIP_RATIO}, not {unclip_ratio}")
        lines = detector.find_in(image, unclip_ratio)
        return Answer({"quads": lines.quads, "scores": lines.scores}, lines=len(lines))

    return OpenModel(answer, [weights])
