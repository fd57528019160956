"""The model repository for GPUs: its graphs are the laptop's in half precision, proven before they are written."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, numpy_helper
from rich.console import Console

from export.gpu_repository import __main__ as command
from export.gpu_repository import halves
from export.gpu_repository.layout import LAPTOP, NETWORKS
from export.trocr import lines
from export.trocr.export import ParityError
from export.trocr.lines import Lines
from export.trocr.progress import Progress
from ocr_models.ctc_recognizer import CtcRecognizer
from ocr_models.sessions import open_session
from ocr_models.trocr.recognizer import TrocrRecognizer
from tests.conftest import REPOSITORY

CUDA = "CUDAExecutionProvider"


@pytest.fixture(scope="module")
def proof() -> Lines:
    return lines.of_pages(REPOSITORY / "samples", 16)


@pytest.fixture(scope="module")
def quiet() -> Iterator[Progress]:
    torch.set_num_threads(1)
    with Progress(Console(file=io.StringIO())) as bars:
        yield bars


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, proof: Lines, quiet: Progress) -> Path:
    folder = tmp_path_factory.mktemp("gpu") / "repository"
    found = command.generate(folder, proof, quiet)
    assert set(found) == {*NETWORKS, "trocr"}
    assert all(parity.close for parity in found.values())
    return folder


def weights_of(model: onnx.ModelProto) -> list[TensorProto]:
    """Older exporters write them as nodes."""
    constants = [node.attribute[0].t for node in model.graph.node if node.op_type == "Constant"]
    return [*model.graph.initializer, *constants]


@pytest.mark.parametrize("model", NETWORKS)
def test_a_graph_keeps_its_inputs_outputs_and_metadata(model: str, repository: Path) -> None:
    exact, halved = (open_session(folder / model / "1" / "model.onnx") for folder in (LAPTOP, repository))
    for ours, theirs in ((exact.get_inputs(), halved.get_inputs()), (exact.get_outputs(), halved.get_outputs())):
        assert [(each.name, each.type, each.shape) for each in ours] == [
            (each.name, each.type, each.shape) for each in theirs
        ]
    assert exact.get_modelmeta().custom_metadata_map == halved.get_modelmeta().custom_metadata_map


@pytest.mark.parametrize("graph", [*(f"{model}/1/model" for model in NETWORKS), "trocr/1/encoder.fp16"])
def test_the_weights_are_halves(graph: str, repository: Path) -> None:
    weights = weights_of(onnx.load(repository / f"{graph}.onnx"))
    sizes = {True: 0, False: 0}
    for weight in weights:
        sizes[weight.data_type == TensorProto.FLOAT16] += numpy_helper.to_array(weight).nbytes
    assert sizes[True] > 20 * sizes[False]


def test_trocr_reads_with_it_and_is_as_sure_as_on_the_laptop(repository: Path, proof: Lines) -> None:
    gpu, laptop = repository / "trocr" / "1", LAPTOP / "trocr" / "1"
    crops = [line.crop for line in proof.lines]
    ours = TrocrRecognizer(gpu, precision="fp16").read(crops)
    theirs = TrocrRecognizer(laptop, precision="int8").read(crops)
    assert [read.text for read in ours] == [read.text for read in theirs]
    # What is read with doubt is doubted a little more or less in int8; without the calibration all would move.
    assert [read.confidence for read in ours] == pytest.approx([read.confidence for read in theirs], abs=0.1)
    assert json.loads((gpu / "model.json").read_text())["calibration"] is not None


def test_a_folder_that_holds_something_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("mine")
    monkeypatch.setattr(sys, "argv", ["gpu_repository", "--to", str(tmp_path)])
    assert command.main() == 1
    assert "is not empty" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_network_that_finds_something_else_is_not_written(
    tmp_path: Path, proof: Lines, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(source: Path, target: Path) -> None:
        """Silence a third of each filter."""
        halves.halve(source, target)
        model = onnx.load(target)
        for weight in weights_of(model):
            if len(weight.dims) == 4:
                values = numpy_helper.to_array(weight).copy()
                values[::3] = 0
                weight.CopyFrom(numpy_helper.from_array(values, weight.name))
        onnx.save(model, target)

    monkeypatch.setattr(command, "halve", spoil)
    with pytest.raises(ParityError) as caught:
        command.generate(tmp_path / "repository", proof, quiet)
    assert all(f"{model}: " in str(caught.value) for model in NETWORKS)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(CUDA not in onnxruntime.get_available_providers(), reason="takes onnxruntime-gpu and a GPU")
def test_a_gpu_reads_what_the_cpu_reads(repository: Path, proof: Lines) -> None:
    crops = [line.crop for line in proof.lines]
    ctc, trocr = repository / "line_recognizer_ctc" / "1" / "model.onnx", repository / "trocr" / "1"
    for on_cpu, on_gpu in (
        (CtcRecognizer(ctc), CtcRecognizer(ctc, provider=CUDA)),
        (TrocrRecognizer(trocr, precision="fp16"), TrocrRecognizer(trocr, precision="fp16", provider=CUDA)),
    ):
        assert [read.text for read in on_gpu.read(crops)] == [read.text for read in on_cpu.read(crops)]
