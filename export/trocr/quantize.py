"""Eight-bit weights for the CPU: dynamic, a scale a channel, every product with a fixed weight, the head included."""

import logging
from pathlib import Path

from onnxruntime.quantization.quant_utils import QuantType
from onnxruntime.quantization.quantize import quantize_dynamic


def quantize(source: Path, target: Path) -> None:
    """Write `source` (float32 ONNX) as int8 to `target`. Activations are quantized while the network runs.

    Embeddings stay in float32: they are looked up, not multiplied.
    """
    # It advises a preparation that the export has done already.
    logging.getLogger().setLevel(logging.ERROR)
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
