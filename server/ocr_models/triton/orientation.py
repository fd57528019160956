"""The upside-down classifier as a Triton model: line crops as ``sample_lines`` makes them in, probabilities out."""

from collections.abc import Mapping
from pathlib import Path

from ocr_models.page_orientation import INPUT_WIDTH_PX, LineCrops, PageOrientation
from ocr_models.triton.serving import Answer, Arrays, InvalidInput, OpenModel


def open_page_orientation(folder: Path, parameters: Mapping[str, str]) -> OpenModel:
    """Raises FileNotFoundError if the weights are missing, RuntimeError if the provider cannot run here."""
    weights = folder / "model.onnx"
    orientation = PageOrientation(weights, provider=parameters["provider"])

    def answer(inputs: Arrays) -> Answer:
        crops = LineCrops(inputs["crops"], inputs["widths_px"][:, 0])
        if ((crops.widths_px < 1) | (crops.widths_px > INPUT_WIDTH_PX)).any():
            raise InvalidInput(f"widths_px: must be from 1 to {INPUT_WIDTH_PX}, not {crops.widths_px.tolist()}")
        return Answer({"upside_down": orientation.upside_down(crops)[:, None]}, lines=len(crops))

    return OpenModel(answer, [weights])
