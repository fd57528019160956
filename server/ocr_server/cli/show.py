"""A document for people: tables of what was found."""

from google.protobuf.message import Message
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ocr_server._pb.ocr.v1 import barcode_pb2, document_pb2, field_pb2
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse

_CHECK_STYLES = {"PASSED": "green", "FAILED": "bold red", "NOT_APPLICABLE": "dim"}
_SURE, _DOUBTFUL = 0.9, 0.7


def show_document(console: Console, name: str, response: RecognizeResponse) -> None:
    """Print fields, lines, barcodes, checks and timing of one document."""
    document = response.document
    kind = document_pb2.DocumentType.Name(document.document_type).removeprefix("DOCUMENT_TYPE_")
    console.rule(f"[bold]{escape(name)}[/bold]: {kind.lower().replace('_', ' ').replace('unspecified', 'document')}")
    member = document.WhichOneof("fields")
    if member:
        _show_fields(console, getattr(document, member))
    for page in document.pages:
        _show_lines(console, page)
    _show_barcodes(console, document)
    _show_checks(console, document)
    total_s = response.timing.total_duration.ToTimedelta().total_seconds()
    stages = ", ".join(
        f"{stage.stage} {stage.wall_duration.ToTimedelta().total_seconds():.2f}" for stage in response.timing.stages
    )
    console.print(f"[bold]{total_s:.2f} s[/bold]: {stages}")
    console.print(response.model_versions, style="dim")


def confidence_style(confidence: float) -> str:
    """The colour that a confidence (0 to 1) is shown in."""
    return "green" if confidence >= _SURE else "yellow" if confidence >= _DOUBTFUL else "red"


def value_text(field: field_pb2.Field) -> str:
    """A field's normalized value as people write it: ``9.00 EUR``, ``2019-01-09``, ``20:01:11``."""
    kind = field.WhichOneof("normalized_value")
    if kind == "money":
        return f"{field.money.amount} {field.money.currency_code}".strip()
    if kind == "date":
        return f"{field.date.year:04}-{field.date.month:02}-{field.date.day:02}"
    if kind == "time":
        return f"{field.time.hours:02}:{field.time.minutes:02}:{field.time.seconds:02}"
    return str(getattr(field, kind)) if kind else ""


def _show_fields(console: Console, fields: Message) -> None:
    table = Table(title="Fields", title_justify="left", expand=False)
    for heading in ("field", "value", "as printed", "confidence", "checks"):
        table.add_column(heading)
    for descriptor, value in fields.ListFields():
        if isinstance(value, field_pb2.Field):
            table.add_row(descriptor.name, *_cells(value))
    console.print(table)
    if items := getattr(fields, "line_items", ()):
        _show_items(console, items)
    if tax_lines := getattr(fields, "tax_lines", ()):
        _show_tax_lines(console, tax_lines)


def _cells(field: field_pb2.Field) -> tuple[Text | str, ...]:
    mention = field.mention_text.replace("\n", " / ")
    return Text(value_text(field)), Text(mention, "dim"), _confidence(field.confidence), " ".join(field.check_ids)


def _show_items(console: Console, items: list[field_pb2.LineItem]) -> None:
    table = Table(title="Line items", title_justify="left")
    table.add_column("description")
    for heading in ("quantity", "unit price", "total"):
        table.add_column(heading, justify="right")
    for item in items:
        table.add_row(*(Text(value_text(f)) for f in (item.description, item.quantity, item.unit_price, item.total)))
    console.print(table)


def _show_tax_lines(console: Console, tax_lines: list[field_pb2.TaxLine]) -> None:
    table = Table(title="Tax lines", title_justify="left")
    for heading in ("rate", "taxable amount", "tax amount"):
        table.add_column(heading, justify="right")
    for tax in tax_lines:
        table.add_row(*(Text(value_text(f)) for f in (tax.rate, tax.taxable_amount, tax.tax_amount)))
    console.print(table)


def _show_lines(console: Console, page: document_pb2.Page) -> None:
    turned = f", turned {page.rotation_degrees:.0f}°" if round(page.rotation_degrees) % 360 else ""
    title = f"Page {page.page_number}: {page.width_px} x {page.height_px} px, {len(page.lines)} lines{turned}"
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for line in page.lines:
        table.add_row(_confidence(line.confidence), Text(line.text))
    console.print(table)


def _show_barcodes(console: Console, document: document_pb2.Document) -> None:
    for barcode in document.barcodes:
        symbology = barcode_pb2.Symbology.Name(barcode.symbology).removeprefix("SYMBOLOGY_").replace("_", "-")
        gtin = f"  GTIN {barcode.gtin}" if barcode.gtin else ""
        elements = " ".join(f"({e.application_identifier}){e.value}" for e in barcode.gs1_elements)
        console.print(Text(f"Barcode {symbology}: {barcode.text}{gtin}  {elements}", "cyan"))


def _show_checks(console: Console, document: document_pb2.Document) -> None:
    for check in document.checks:
        state = document_pb2.Check.State.Name(check.state)
        if state != "NOT_APPLICABLE":
            console.print(Text(f"{state.lower():>7} {check.id}: {check.message}", _CHECK_STYLES[state]))


def _confidence(value: float) -> Text:
    return Text(f"{value:.2f}", confidence_style(value))
