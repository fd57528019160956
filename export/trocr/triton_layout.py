"""What Triton needs beside the graphs: the thin model and its configuration, as our own TrOCR has them."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

PATTERN = Path(__file__).parents[2] / "model_repository" / "trocr"


def add_model(version: Path) -> None:
    """Put the python model into a version's folder."""
    shutil.copy(PATTERN / "1" / "model.py", version)


def add_configuration(model: Path, precisions: Sequence[str]) -> None:
    """Write config.pbtxt and the warm-up of a model that has none yet; what somebody has set there stays."""
    if (model / "config.pbtxt").exists():
        return
    text = (PATTERN / "config.pbtxt").read_text(encoding="utf-8")
    precision = "int8" if "int8" in precisions else precisions[0]
    for ours, theirs in (('name: "trocr"', f'name: "{model.name}"'), ('"int8"', f'"{precision}"')):
        text = text.replace(ours, theirs, 1)
    if precision == "fp16":
        text = on_gpu(text)
    # Ours may have been swapped; what was exported is version 1.
    text = re.sub(r"versions: \[[^]]*\]", "versions: [ 1 ]", text)
    text = re.sub(r'("serving_version" value { string_value: )"\d+"', r'\1"1"', text)
    (model / "config.pbtxt").write_text(text, encoding="utf-8")
    shutil.copytree(PATTERN / "warmup", model / "warmup", dirs_exist_ok=True)


def on_gpu(configuration: str) -> str:
    """A config.pbtxt of ours for a GPU. Only the first is named: with more of them, each has a Triton of its own."""
    configuration = configuration.replace("CPUExecutionProvider", "CUDAExecutionProvider")
    return configuration.replace("kind: KIND_CPU", "kind: KIND_GPU gpus: [ 0 ]")
