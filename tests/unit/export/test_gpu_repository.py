"""What is generated for GPUs beside the graphs: the configurations, and that they tell what the models answer."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from google.protobuf import text_format
from numpy.typing import NDArray
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig, ModelInput, ModelInstanceGroup, ModelOutput
from tritonclient.utils import np_to_triton_dtype, triton_to_np_dtype

from export.gpu_repository.layout import NETWORKS, lay_out
from export.trocr.triton_layout import add_configuration, add_model
from ocr_models.triton.detection import open_line_detector
from ocr_models.triton.orientation import open_page_orientation
from ocr_models.triton.recognition import open_ctc_recognizer, open_trocr
from ocr_models.triton.serving import OpenModel

MODELS = (*NETWORKS, "trocr")
CUDA = "CUDAExecutionProvider"
OPEN: Mapping[str, Callable[[Path, Mapping[str, str]], OpenModel]] = {
    "line_detector": open_line_detector,
    "line_detector_tiny": open_line_detector,
    "line_recognizer_ctc": open_ctc_recognizer,
    "page_orientation": open_page_orientation,
    "trocr": open_trocr,
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it but the graphs."""
    folder = tmp_path_factory.mktemp("gpu")
    for model in NETWORKS:
        lay_out(model, folder)
    (folder / "trocr" / "1").mkdir(parents=True)
    add_model(folder / "trocr" / "1")
    add_configuration(folder / "trocr", ("fp16",))
    return folder


def config_in(folder: Path) -> ModelConfig:
    """Fails on any field that Triton does not know."""
    return text_format.Parse((folder / "config.pbtxt").read_text(encoding="utf-8"), ModelConfig())


def parameters_of(config: ModelConfig) -> dict[str, str]:
    return {name: value.string_value for name, value in config.parameters.items()}


def warmup_of(config: ModelConfig, folder: Path) -> dict[str, NDArray[Any]]:
    (sample,) = config.model_warmup
    arrays = {}
    for name, each in sample.inputs.items():
        kind = triton_to_np_dtype(DataType.Name(each.data_type).removeprefix("TYPE_"))
        shape = [*([sample.batch_size] if config.max_batch_size else []), *each.dims]
        if each.random_data:
            arrays[name] = np.random.default_rng(2).integers(0, 256, shape).astype(kind)
        else:
            stored = np.frombuffer((folder / "warmup" / each.input_data_file).read_bytes(), kind)
            arrays[name] = stored.reshape(shape)
    return arrays


def fits(values: NDArray[Any], told: ModelInput | ModelOutput, *, has_rows: bool) -> bool:
    kind = "STRING" if values.dtype == np.object_ else np_to_triton_dtype(values.dtype)
    sides = values.shape[1:] if has_rows else values.shape
    shape = len(sides) == len(told.dims) and all(dim in (-1, side) for dim, side in zip(told.dims, sides, strict=True))
    return DataType.Name(told.data_type) == f"TYPE_{kind}" and shape


@pytest.mark.parametrize("model", MODELS)
def test_only_where_a_model_runs_differs_from_the_laptop(model: str, repository: Path, model_repository: Path) -> None:
    laptop, gpu = config_in(model_repository / model), config_in(repository / model)

    (group,) = gpu.instance_group
    assert group.kind == ModelInstanceGroup.KIND_GPU
    assert list(group.gpus) == [0]
    assert parameters_of(gpu)["provider"] == CUDA
    assert parameters_of(gpu).get("precision") in (None, "fp16")
    assert gpu.name == model

    del laptop.instance_group[:], gpu.instance_group[:]
    for config in (laptop, gpu):
        for name in ("provider", "precision"):
            config.parameters.pop(name, None)
    assert gpu == laptop
    assert (repository / model / "1" / "model.py").read_text() == (model_repository / model / "1/model.py").read_text()


@pytest.mark.parametrize("model", MODELS)
def test_a_configuration_tells_what_its_model_takes_and_answers(
    model: str, repository: Path, model_repository: Path
) -> None:
    config = config_in(repository / model)
    has_rows = config.max_batch_size > 0
    inputs = warmup_of(config, repository / model)
    assert {told.name for told in config.input} == set(inputs)
    assert all(fits(inputs[told.name], told, has_rows=has_rows) for told in config.input)

    here = parameters_of(config) | {"provider": "CPUExecutionProvider", "precision": "int8"}
    answer = OPEN[model](model_repository / model / "1", here).answer(inputs)
    assert {told.name for told in config.output} == {*answer.outputs, "version"}
    for told in config.output:
        if told.name != "version":
            assert fits(answer.outputs[told.name], told, has_rows=has_rows), told.name


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="there is a GPU")
@pytest.mark.parametrize("model", NETWORKS)
def test_without_a_gpu_a_model_does_not_load(
    model: str, repository: Path, model_repository: Path, tmp_path: Path
) -> None:
    shutil.copy(model_repository / model / "1" / "model.onnx", tmp_path)
    parameters = parameters_of(config_in(repository / model))
    with (
        pytest.warns(UserWarning, match="not in available provider names"),
        pytest.raises(RuntimeError, match=f"{CUDA} does not run here"),
    ):
        OPEN[model](tmp_path, parameters)


def test_the_models_are_those_of_the_laptop(model_repository: Path) -> None:
    """A new model must not be forgotten here."""
    committed = {path.parent.name for path in model_repository.glob("*/config.pbtxt")}
    assert committed == set(MODELS)
    for model in MODELS:
        code = (model_repository / model / "1" / "model.py").read_text(encoding="utf-8")
        assert re.findall(r"import (open_\w+)", code) == [OPEN[model].__name__]
