"""What `ocr-server model compare` shows: a version on trial beside the one that serves, from a server's metrics."""

from dataclasses import dataclass
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions: means over lines and over requests."""

    confidence: float
    request_s: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was compared since the server started. ``agreement``: the share of lines on which both read the same."""

    lines: int
    agreement: float
    serving: Side
    trial: Side


def comparisons(metrics_text: str, model: str) -> dict[int, Comparison]:
    """Of each version of the model that was on trial."""
    values: dict[tuple[str, str, str], float] = {}
    for family in text_string_to_metric_families(metrics_text):
        for sample in family.samples:
            labels = sample.labels
            if sample.name.startswith("ocr_trial_") and labels.get("model") == model:
                told = labels.get("who") or labels.get("agrees", "")
                values[sample.name, labels["version"], told] = sample.value

    def mean(name: str, version: str, who: str) -> float:
        return values[f"{name}_sum", version, who] / max(1.0, values[f"{name}_count", version, who])

    def side(version: str, who: str) -> Side:
        return Side(mean("ocr_trial_confidence", version, who), mean("ocr_trial_request_seconds", version, who))

    found = {}
    for version in sorted({version for _, version, _ in values}, key=int):
        agreeing, differing = (values["ocr_trial_lines_total", version, agrees] for agrees in ("yes", "no"))
        lines = agreeing + differing
        found[int(version)] = Comparison(
            int(lines), agreeing / max(1.0, lines), side(version, "serving"), side(version, "trial")
        )
    return found


def read_metrics(listen: str) -> str:
    """The metrics of the server whose metrics endpoint is at ``listen``. Raises OSError if it does not answer."""
    with urlopen(f"http://{listen}/metrics", timeout=_TIMEOUT_S) as answer:
        return str(answer.read(), "utf-8")


def as_table(found: dict[int, Comparison]) -> Table:
    """For people: a row a version."""
    table = Table("on trial", "lines", "agreement", "confidence", "serving", "ms a request", "serving")
    for version, each in found.items():
        trial, serving = each.trial, each.serving
        table.add_row(
            *(f"version {version}", str(each.lines), f"{each.agreement:.1%}"),
            *(f"{trial.confidence:.3f}", f"{serving.confidence:.3f}"),
            *(f"{trial.request_s * 1000:.0f}", f"{serving.request_s * 1000:.0f}"),
        )
    return table
