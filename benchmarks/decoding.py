"""How lines are decoded: our loop, optimum's ``generate``, the loop inside one graph, and no loop but drafts.

    .venv-export/bin/python -m benchmarks.decoding CHECKPOINT MODEL [--optimum FOLDER]

CHECKPOINT is a TrOCR checkpoint, MODEL the folder that ``export/trocr`` made of it, FOLDER holds optimum's export (made
in a scratch folder where it is not given). The lines are those of the samples, in batches of like width. CPU
milliseconds a line on one thread, the median over batches; "loop" is what is left when the encoder's time is taken
away. optimum's encoder of a network of columns takes the full window only, so that "loop" is the fairer comparison.

In int8, the loop inside a graph saves a third of the loop at batch 1, a sixth to a quarter at 8 and nothing at 32:
3 to 7% of the whole at the batches that are served. It cannot stop lines one by one nor keep beams, so it stays here.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from benchmarks.dataset import REPOSITORY
from export.trocr import checkpoint, lines
from export.trocr.optimum_reference import OptimumReader, export_with_optimum
from export.trocr.reference import full_window, pixel_values
from ocr_models.sessions import open_session
from ocr_models.trocr.columns import read_columns
from ocr_models.trocr.description import DecoderShape
from ocr_models.trocr.drafts import write_drafted
from ocr_models.trocr.network import Encoded, TrocrNetwork, empty_past
from ocr_models.trocr.writing import write_greedily

BATCHES = (1, 8, 32)
ROUNDS = 3
Pixels = NDArray[np.uint8]


class GraphLoop:
    """Greedy decoding as one ONNX graph: the decoder's step is the body of a Loop."""

    def __init__(self, step: Path, decoder: DecoderShape, scratch: Path) -> None:
        path = scratch / "loop.onnx"
        onnx.save(looped(onnx.load(step), decoder), path)
        self._session = open_session(path)
        self._decoder = decoder

    def write(self, encoded: Encoded) -> list[list[int]]:
        """Token ids of each line, without the end."""
        past = empty_past(self._decoder, len(encoded), np.dtype(np.float32))
        first = np.full((len(encoded), 1), self._decoder.start_token, np.int64)
        (tokens,) = self._session.run(None, {"first": first, **encoded.cross, **past})
        rows = np.asarray(tokens)[:, :, 0].T.tolist()
        end = self._decoder.end_token
        return [row[: row.index(end)] if end in row else row for row in rows]


def looped(model: onnx.ModelProto, decoder: DecoderShape) -> onnx.ModelProto:
    """Put the step ``model`` into a Loop that ends when every line has ended, or at ``max_tokens``."""
    graph = model.graph
    inputs = {value.name: value for value in graph.input}
    past = [name for name in inputs if name.startswith("past")]
    grown = {name: name.removeprefix("past_") for name in past}
    flag = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("goes_on", "still")]
    ended = [helper.make_tensor_value_info(name, TensorProto.BOOL, ["lines", 1]) for name in ("ended", "ended_now")]
    tokens = [helper.make_tensor_value_info(name, TensorProto.INT64, ["lines", 1]) for name in ("token", "next", "out")]
    index = helper.make_tensor_value_info("index", TensorProto.INT64, [])
    zero, end = (
        helper.make_tensor(name, TensorProto.INT64, [], [value])
        for name, value in (("zero", 0), ("end", decoder.end_token))
    )
    around = [
        helper.make_node("Mul", ["token", "zero"], ["zeros"]),
        helper.make_node("Add", ["zeros", "index"], ["position"]),
        *graph.node,
        helper.make_node("ArgMax", ["logits"], ["next"], axis=2, keepdims=0),
        helper.make_node("Identity", ["next"], ["out"]),
        helper.make_node("Equal", ["next", "end"], ["ends"]),
        helper.make_node("Or", ["ended", "ends"], ["ended_now"]),
        helper.make_node("Not", ["ended_now"], ["open"]),
        helper.make_node("Cast", ["open"], ["open_number"], to=TensorProto.INT32),
        helper.make_node("ReduceMax", ["open_number"], ["any_open"], keepdims=0),
        helper.make_node("Cast", ["any_open"], ["still"], to=TensorProto.BOOL),
    ]
    outputs = {value.name: value for value in graph.output}
    body = helper.make_graph(
        around,
        "step",
        [index, flag[0], tokens[0], ended[0], *(inputs[name] for name in past)],
        [flag[1], tokens[1], ended[1], *(outputs[grown[name]] for name in past), tokens[2]],
    )
    outer = [
        helper.make_node("Equal", ["first", "nothing"], ["none_ended"]),
        helper.make_node(
            "Loop",
            ["most", "yes", "first", "none_ended", *past],
            ["last", "all_ended", *(f"final_{name}" for name in past), "written"],
            body=body,
        ),
    ]
    constants = [
        zero,
        end,
        helper.make_tensor("nothing", TensorProto.INT64, [], [-1]),
        helper.make_tensor("most", TensorProto.INT64, [], [decoder.max_tokens]),
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
    ]
    first = helper.make_tensor_value_info("first", TensorProto.INT64, ["lines", 1])
    written = helper.make_tensor_value_info("written", TensorProto.INT64, ["steps", "lines", 1])
    given = [value for name, value in inputs.items() if name not in ("token", "position")]
    whole = helper.make_graph(outer, "loop", [first, *given], [written], [*graph.initializer, *constants])
    return helper.make_model(whole, opset_imports=model.opset_import, ir_version=model.ir_version)


def cpu_ms_a_line(work: Callable[[Pixels], object], batches: Sequence[Pixels]) -> float:
    """The median over batches; the first is run once more before, unmeasured."""
    work(batches[0])
    times = []
    for pixels in [*batches] * ROUNDS:
        started = time.process_time()
        work(pixels)
        times.append((time.process_time() - started) / len(pixels))
    return 1000 * median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("model", type=Path)
    parser.add_argument("--optimum", type=Path)
    parser.add_argument("--pages", type=Path, default=REPOSITORY / "samples", help="pages with their ground truth")
    options = parser.parse_args()
    loaded = checkpoint.load(options.checkpoint)
    crops = [line.crop for line in lines.of_pages(options.pages).lines]
    crops.sort(key=lambda crop: crop.shape[1] / crop.shape[0])
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if options.optimum is None:
            export_with_optimum(loaded.folder, scratch / "optimum")
        optimum_folder = options.optimum or scratch / "optimum"
        optimum = OptimumReader(loaded, optimum_folder)
        stock = open_session(optimum_folder / "encoder_model.onnx")
        print(f"{'':28}{'batch':>6}{'encoder':>10}{'loop':>8}{'whole':>8}  ms a line")
        for size in BATCHES:
            starts = range(0, len(crops) - size + 1, size)
            networks = {name: TrocrNetwork(options.model, precision=name) for name in ("fp32", "int8")}
            batches = [networks["int8"].prepare(crops[start : start + size]) for start in starts][:: max(1, 8 // size)]
            values = {id(pixels): pixel_values(loaded, full_window(loaded, pixels)).numpy() for pixels in batches}

            def stock_encoder(pixels: Pixels, values: dict[int, NDArray[np.float32]] = values) -> object:
                return stock.run(None, {"pixel_values": values[id(pixels)]})

            encoder = cpu_ms_a_line(stock_encoder, batches)
            whole = cpu_ms_a_line(lambda pixels: optimum.generate(full_window(loaded, pixels)), batches)
            _print("optimum generate, fp32", size, encoder, whole)
            for precision, network in networks.items():
                decoder = network.description.decoder
                graph = GraphLoop(options.model / f"decoder.{precision}.onnx", decoder, scratch)

                def ours(pixels: Pixels, network: TrocrNetwork = network) -> list[list[int]]:
                    most = [network.description.decoder.max_tokens] * len(pixels)
                    memory = network.begin(network.encode(pixels))
                    return [each.tokens.tolist() for each in write_greedily(memory, network.description.decoder, most)]

                def inside(
                    pixels: Pixels, network: TrocrNetwork = network, graph: GraphLoop = graph
                ) -> list[list[int]]:
                    return graph.write(network.encode(pixels))

                def drafted(pixels: Pixels, network: TrocrNetwork = network) -> list[list[int]]:
                    encoded, blank = network.encode(pixels), network.description.blank_token
                    columns = zip(encoded.column_tokens, encoded.column_probabilities, strict=True)
                    drafts = [read_columns(tokens, probabilities, blank) for tokens, probabilities in columns]
                    most = [network.description.decoder.max_tokens] * len(pixels)
                    return [each.tokens.tolist() for each in write_drafted(network, encoded, drafts, most)]

                assert ours(batches[-1]) == inside(batches[-1])
                encoder = cpu_ms_a_line(network.encode, batches)
                _print(f"our loop, {precision}", size, encoder, cpu_ms_a_line(ours, batches))
                _print(f"loop inside a graph, {precision}", size, encoder, cpu_ms_a_line(inside, batches))
                if network.description.blank_token is not None:
                    _print(f"drafts, {precision}", size, encoder, cpu_ms_a_line(drafted, batches))


def _print(name: str, size: int, encoder: float, whole: float) -> None:
    print(f"{name:28}{size:6}{encoder:10.2f}{whole - encoder:8.2f}{whole:8.2f}", flush=True)


if __name__ == "__main__":
    onnxruntime.set_default_logger_severity(3)
    main()
