"""The contract keeps its own rules: lint, no breaking change, generated code as committed, names for reflection."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from ocr_server._pb.ocr.v1 import (
    feedback_service_pb2,
    image_service_pb2,
    job_service_pb2,
    ocr_service_pb2,
    scan_service_pb2,
)

PROTOS = Path(__file__).parents[2] / "protos"
BUF = Path(sys.executable).with_name("buf")

# Clients rely on these; only additions are allowed.
METHODS = {
    "OcrService.Recognize": "POST /v1/documents:recognize",
    "OcrService.RecognizeRaw": "POST /v1/documents:recognizeRaw",
    "OcrService.RecognizeStream": "POST /v1/documents:recognizeStream",
    "JobService.SubmitJob": "POST /v1/jobs",
    "JobService.SubmitJobRaw": "POST /v1/jobs:raw",
    "JobService.GetJob": "GET /v1/jobs/{job_id}",
    "JobService.ListJobs": "GET /v1/jobs",
    "JobService.CancelJob": "POST /v1/jobs/{job_id}:cancel",
    "JobService.WatchJob": "GET /v1/jobs/{job_id}:watch",
    "JobService.SubmitBatch": "POST /v1/batches",
    "JobService.GetBatch": "GET /v1/batches/{batch_id}",
    "JobService.WatchBatch": "GET /v1/batches/{batch_id}:watch",
    "ImageService.CreateUpload": "POST /v1/uploads",
    "ImageService.UploadImage": "POST /v1/images",
    "ImageService.GetImage": "GET /v1/images/{image_id}",
    "ScanService.Scan": "",  # streams both ways: no HTTP route
    "FeedbackService.SubmitCorrection": "POST /v1/corrections",
    "FeedbackService.GetAccuracy": "GET /v1/accuracy",
}


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    sys.path.insert(0, str(PROTOS))
    try:
        return importlib.import_module("generate")
    finally:
        sys.path.remove(str(PROTOS))


@pytest.fixture(scope="session")
def image(generate: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("protos") / "image.binpb"
    generate.write_image(path)
    return path


def _buf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BUF, *arguments], capture_output=True, text=True, timeout=60, check=False)


def _lint(image: Path) -> subprocess.CompletedProcess[str]:
    return _buf("lint", image, "--config", PROTOS / "buf.yaml")


def _breaking(image: Path) -> subprocess.CompletedProcess[str]:
    baseline = PROTOS / "breaking" / "baseline.binpb"
    return _buf("breaking", image, "--against", baseline, "--config", PROTOS / "buf.yaml")


def _with_renamed_text(image: Path, target: Path) -> Path:
    descriptors = FileDescriptorSet.FromString(image.read_bytes())
    document = next(file for file in descriptors.file if file.name == "ocr/v1/document.proto")
    line = next(message for message in document.message_type if message.name == "Line")
    next(field for field in line.field if field.name == "text").name = "Text"
    target.write_bytes(descriptors.SerializeToString())
    return target


def test_the_contract_is_lint_clean(image: Path) -> None:
    result = _lint(image)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_contract_is_formatted() -> None:
    result = _buf("format", "--diff", "--exit-code", PROTOS)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_contract_breaks_no_client_of_the_baseline(image: Path) -> None:
    result = _breaking(image)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_renamed_field_is_caught_as_breaking_and_as_lint(image: Path, tmp_path: Path) -> None:
    renamed = _with_renamed_text(image, tmp_path / "renamed.binpb")
    assert 'on message "Line" changed name from "text" to "Text"' in _breaking(renamed).stdout
    assert 'Field name "Text" should be lower_snake_case' in _lint(renamed).stdout


def test_the_generated_code_is_what_the_protos_give(generate: ModuleType) -> None:
    assert generate.drift(generate.GENERATED) == []


def test_the_check_fails_and_names_changed_missing_and_left_over_files(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate.generate(tmp_path)
    monkeypatch.setattr(generate, "GENERATED", tmp_path)
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 0
    package = tmp_path / "ocr" / "v1"
    (package / "document_pb2.py").write_text("# edited by hand\n")
    (package / "geometry_pb2.pyi").unlink()
    (package / "old_pb2.py").write_text("")
    assert generate.main() == 1
    named = re.findall(r"_pb/ocr/v1/(\S+);", capsys.readouterr().err)
    assert named == ["document_pb2.py", "geometry_pb2.pyi", "old_pb2.py"]


def test_every_method_has_its_route_and_no_other() -> None:
    modules = (ocr_service_pb2, job_service_pb2, image_service_pb2, scan_service_pb2, feedback_service_pb2)
    found = {}
    for module in modules:
        assert module.DESCRIPTOR.name.startswith("ocr/v1/")  # what reflection answers with
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                rule = method.GetOptions().Extensions[annotations_pb2.http]
                verb = rule.WhichOneof("pattern")
                route = f"{verb.upper()} {getattr(rule, verb)}" if verb else ""
                found[f"{service.name}.{method.name}"] = route
    assert found == METHODS


def test_generated_modules_do_not_claim_a_top_level_package_ocr() -> None:
    code = "import sys, ocr_server._pb.ocr.v1.job_service_pb2_grpc; sys.exit('ocr' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
