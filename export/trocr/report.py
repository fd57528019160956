"""What an export says about itself: `report.json` for machines, `report.md` for people."""

import json
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from export.trocr.scores import CER_TOLERANCE, Parity

_TOOLS = ("torch", "transformers", "onnx", "onnxscript", "onnxruntime", "optimum", "optimum-onnx")


@dataclass(frozen=True, slots=True)
class Precision:
    """One precision of the two graphs: sizes in bytes, what the gate found, median CPU time of a line."""

    name: str
    encoder_bytes: int
    decoder_bytes: int
    parity: Parity
    cpu_ms_per_line: float


@dataclass(frozen=True, slots=True)
class Report:
    """An export, proven. `lines` says on what; `pytorch_cpu_ms_per_line` is stock `generate` on the same lines.

    `image_difference`: how far pixels are from those of the checkpoint's own image processor, at most, of 255; None
    if it has none.
    """

    source: str
    parameters: int
    image: dict[str, Any]
    image_difference: int | None
    lines: str
    pytorch_cer: float
    pytorch_cpu_ms_per_line: float
    precisions: list[Precision]
    optimum: Precision | None
    not_built: dict[str, str]
    tools: dict[str, str] = field(default_factory=lambda: {name: version(name) for name in _TOOLS})
    machine: str = field(default_factory=lambda: f"{platform.machine()}, {platform.system()}, one thread")

    def write(self, folder: Path) -> None:
        """Write both forms into `folder`."""
        as_json = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        (folder / "report.json").write_text(as_json + "\n", encoding="utf-8")
        (folder / "report.md").write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        """The report for people."""
        rows = [_row(each) for each in [*self.precisions, *([self.optimum] if self.optimum else [])]]
        missing = [f"- {name}: {why}" for name, why in self.not_built.items()]
        difference = self.image_difference
        processor = "" if difference is None else f", at most {difference} of 255 from its own image processor's"
        tools = ", ".join(f"{name} {number}" for name, number in self.tools.items())
        return "\n".join(
            [
                f"# {self.source}",
                "",
                f"{self.parameters / 1e6:.1f} million parameters; image: {_described(self.image)}{processor}.",
                f"Proven on {self.lines}. Token-exact in float32, and no lower precision may cost more than "
                f"{CER_TOLERANCE:.1%} of CER; otherwise nothing would have been written.",
                "",
                "| precision | encoder | decoder | lines as PyTorch | CER | change | CPU ms a line |",
                "|---|---|---|---|---|---|---|",
                f"| PyTorch `generate` | | | | {self.pytorch_cer:.2%} | | {self.pytorch_cpu_ms_per_line:.1f} |",
                *rows,
                "",
                f"CPU time at batch 8 ({self.machine}); {tools}.",
                *(["", "Not built:", *missing] if missing else []),
                "",
            ]
        )


def _row(precision: Precision) -> str:
    parity = precision.parity
    sizes = f"{precision.encoder_bytes / 1e6:.1f} MB | {precision.decoder_bytes / 1e6:.1f} MB"
    same = f"{parity.same_lines} of {parity.lines}"
    rates = f"{parity.cer:.2%} | {parity.cer_change:+.2%} | {precision.cpu_ms_per_line:.1f}"
    return f"| {precision.name} | {sizes} | {same} | {rates} |"


def _described(image: dict[str, Any]) -> str:
    if image["kind"] == "square":
        return f"{image['width_px']} x {image['height_px']} px, {image['interpolation']}"
    return f"{image['height_px']} px high, columns of {image['column_px']} px, up to {image['max_width_px']} px wide"
