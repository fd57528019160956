"""TrOCR checkpoints in the official style go through export, the parity gate and serving."""

import dataclasses
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from rich.console import Console

from benchmarks.server_process import running_server
from export.trocr import __main__ as command
from export.trocr import export as trocr_export
from export.trocr import lines, triton_layout
from export.trocr.checkpoint import Checkpoint, load
from export.trocr.export import ParityError, Plan
from export.trocr.graphs import LineEncoder
from export.trocr.lines import Lines
from export.trocr.progress import Progress
from ocr_models.trocr.recognizer import TrocrRecognizer
from tests.conftest import REPOSITORY
from tests.export import tiny_checkpoints

LINES = 6


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Threads only slow networks of this size down."""
    torch.set_num_threads(1)


@pytest.fixture
def progress() -> Iterator[Progress]:
    with Progress(Console(file=io.StringIO())) as bars:
        yield bars


@pytest.fixture(scope="module")
def proof() -> Lines:
    """Short lines of the samples, no two alike."""
    found = lines.of_pages(REPOSITORY / "samples")
    short = {line.text: line for line in found.lines if 4 <= len(line.text) <= 14}
    return dataclasses.replace(found, lines=list(short.values())[:LINES])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, proof: Lines) -> Checkpoint:
    return load(str(tiny_checkpoints.build_trained(tmp_path_factory.mktemp("trained"), proof.lines)))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, trained: Checkpoint, proof: Lines) -> Path:
    """The repository with the trained checkpoint in it, at every precision."""
    repository = tmp_path_factory.mktemp("repository")
    with Progress(Console(file=io.StringIO())) as bars:
        trocr_export.export(trained, repository / "tiny" / "1", proof, Plan(), bars)
    return repository


@pytest.mark.parametrize(
    ("family", "bridged"), [("small", False), ("base", False), ("base", True), ("large-printed", False)]
)
def test_each_family_writes_token_by_token_what_pytorch_writes(
    family: str, bridged: bool, tmp_path: Path, proof: Lines, progress: Progress
) -> None:
    checkpoint = load(str(tiny_checkpoints.build(tmp_path / "checkpoint", family, bridged=bridged)))
    report = trocr_export.export(checkpoint, tmp_path / "out" / "1", proof, Plan(("fp32",)), progress)

    (exact,) = report.precisions
    assert exact.parity.exact
    # Random weights may write one text whatever they see, which would prove nothing.
    read = TrocrRecognizer(tmp_path / "out" / "1", precision="fp32").read([line.crop for line in proof.lines])
    assert len({line.text for line in read}) > LINES / 2


def test_an_export_is_whole_proven_and_says_so(exported: Path, proof: Lines) -> None:
    folder = exported / "tiny" / "1"
    graphs = {f"{graph}.{name}.onnx" for graph in ("encoder", "decoder") for name in ("fp32", "int8", "fp16")}
    assert {path.name for path in folder.iterdir()} == graphs | {
        "model.json",
        "vocabulary.json",
        "report.json",
        "report.md",
        "model.py",
    }
    assert not list((exported / "tiny").glob(".export-*"))
    assert 'name: "tiny"' in (exported / "tiny" / "config.pbtxt").read_text()
    assert (exported / "tiny" / "warmup" / "sizes_px").exists()

    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    parity = {each["name"]: each["parity"] for each in report["precisions"]}
    assert parity["fp32"]["same_lines"] == len(proof.lines)
    assert parity["fp32"]["cer"] == 0, "the tiny network did not learn its lines: nothing below means much"
    assert all(found["cer_change"] <= 0.003 for found in parity.values())
    assert "TensorRT" in report["not_built"]
    sizes = {each["name"]: each["encoder_bytes"] + each["decoder_bytes"] for each in report["precisions"]}
    assert sizes["int8"] < sizes["fp16"] < sizes["fp32"]
    assert "| int8 |" in (folder / "report.md").read_text()


@pytest.mark.parametrize("precision", ["fp32", "int8", "fp16"])
def test_what_was_exported_is_served(exported: Path, proof: Lines, precision: str) -> None:
    recognizer = TrocrRecognizer(exported / "tiny" / "1", precision=precision)
    read = recognizer.read([line.crop for line in proof.lines])
    assert [line.text for line in read] == [line.text for line in proof.lines]


def test_the_server_reads_with_the_model_that_the_setting_names(exported: Path, proof: Lines, tmp_path: Path) -> None:
    for model in (REPOSITORY / "model_repository").iterdir():
        link = exported / model.name
        if not link.exists():
            link.symlink_to(model)
    crop = tmp_path / "line.png"
    Image.fromarray(proof.lines[0].crop).save(crop)
    settings = {"OCR_MODEL_REPOSITORY": str(exported), "OCR_TROCR_MODEL": "tiny"}

    record = _run("read-lines", str(crop), **settings, OCR_DATA_DIR=str(tmp_path / "here"))
    assert record["text"] == proof.lines[0].text
    with running_server(tmp_path / "there", **settings) as server:
        record = _run("recognize", str(REPOSITORY / "samples" / "receipt.png"), "--target", server.target)
    assert "tiny:1-" in json.dumps(record["model_versions"])
    assert record["document"]["pages"][0]["lines"]


def _run(*arguments: str, **settings: str) -> Any:
    """One line of JSON that the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "ocr_server", *arguments, "--json", "--engine", "trocr"],
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_somebody_configured_stays(tmp_path: Path) -> None:
    (tmp_path / "config.pbtxt").write_text("mine")
    triton_layout.add_configuration(tmp_path, ["int8"])
    assert (tmp_path / "config.pbtxt").read_text() == "mine"


def test_a_gate_that_stays_shut_writes_nothing(
    trained: Checkpoint, proof: Lines, tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spoilt(LineEncoder):
        """One wrong sign in what the decoder looks at."""

        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            self.keys_values.weight.data.neg_()

    monkeypatch.setattr(trocr_export, "LineEncoder", Spoilt)
    target = tmp_path / "tiny" / "1"
    target.mkdir(parents=True)
    (target / "model.json").write_text("the one before")
    with pytest.raises(ParityError, match=r"fp32: \d of 6 lines differ"):
        trocr_export.export(trained, target, proof, Plan(("fp32",)), progress)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["model.json"]
    assert (target / "model.json").read_text() == "the one before"


def test_a_vocabulary_that_spells_otherwise_shuts_the_gate(
    trained: Checkpoint, proof: Lines, tmp_path: Path, progress: Progress
) -> None:
    spoilt = dataclasses.replace(trained, vocabulary=trained.vocabulary[1:] + trained.vocabulary[:1])
    with pytest.raises(ParityError, match=r"vocabulary\.json spells"):
        trocr_export.export(spoilt, tmp_path / "1", proof, Plan(("fp32",)), progress)
    assert not list(tmp_path.iterdir())


def test_what_is_no_checkpoint_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["export", str(tmp_path), "--to", str(tmp_path / "out")])
    assert command.main() == 1
    assert "not a VisionEncoderDecoderModel" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
