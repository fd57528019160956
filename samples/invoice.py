"""An invoice of two pages as accounting software writes it: a PDF with its text in it."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sheet import font_path, rectangle

WIDTH, HEIGHT = A4  # points, 1/72 inch
LEFT, RIGHT = 56, WIDTH - 56
INK, GREY, BLUE = HexColor("#1d2530"), HexColor("#6a7482"), HexColor("#1f4e79")
FACES = {"regular": "Regular", "medium": "Medium", "bold": "Bold"}
VAT_RATE = Decimal(19)
# article, description, quantity, unit price
ITEMS = (
    ("NW-1010", "Thermal paper roll 80 mm, box of 50", 12, "38.90"),
    ("NW-1012", "Thermal paper roll 57 mm, box of 50", 8, "29.50"),
    ("NW-2040", "Shelf label 40 x 23 mm, roll of 1000", 25, "14.20"),
    ("NW-2055", "Shelf label holder 1 m, clear", 140, "3.15"),
    ("NW-2081", "Price gun, two lines", 4, "61.00"),
    ("NW-3001", "Carrier bag, recycled paper, pack of 250", 30, "22.75"),
    ("NW-3007", "Fruit bag, compostable, pack of 500", 18, "31.40"),
    ("NW-3105", "Produce crate, folding, 60 x 40 cm", 36, "11.80"),
    ("NW-4002", "Barcode scanner, wired, 2D", 5, "149.00"),
    ("NW-4010", "Scanner stand", 5, "24.90"),
    ("NW-4400", "Till drawer, 8 coins, 4 notes", 2, "118.50"),
    ("NW-5000", "Floor cleaner, concentrate, 10 l", 6, "42.30"),
    ("NW-5003", "Hand sanitiser, 5 l", 6, "33.60"),
    ("NW-5120", "Microfibre cloth, pack of 20", 15, "12.95"),
    ("NW-6001", "Basket, 22 l, anthracite", 40, "6.45"),
    ("NW-6002", "Basket trolley", 2, "87.00"),
    ("NW-7010", "Delivery and unloading", 1, "95.00"),
)
ITEMS_ON_PAGE_1 = 12


@dataclass
class Pages:
    """The pages of a PDF and what stands on them. Here y runs down from the top, as in the truth."""

    canvas: Canvas
    pages: list[dict[str, Any]] = field(default_factory=list)

    def begin(self) -> None:
        """Start a page."""
        if self.pages:
            self.canvas.showPage()
        self.pages.append({"width": round(WIDTH, 2), "height": round(HEIGHT, 2), "lines": []})

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: str = "regular",
        size: float = 9.5,
        ink: Color = INK,
        *,
        right: bool = False,
    ) -> None:
        """Print one line; ``x`` is its left end, or its right end."""
        width = pdfmetrics.stringWidth(text, face, size)
        left = x - width if right else x
        self.canvas.setFont(face, size)
        self.canvas.setFillColor(ink)
        self.canvas.drawString(left, HEIGHT - y, text)
        polygon = rectangle(left, y - 0.74 * size, left + width, y + 0.22 * size)
        self.pages[-1]["lines"].append({"text": text, "polygon": polygon})

    def rule(self, y: float, left: float = LEFT, *, width: float = 0.5, ink: Color = GREY) -> None:
        """Draw a horizontal rule up to the right margin."""
        self.canvas.setStrokeColor(ink)
        self.canvas.setLineWidth(width)
        self.canvas.line(left, HEIGHT - y, RIGHT, HEIGHT - y)


def draw(path: Path) -> dict[str, Any]:
    """Write the PDF; return its truth. Polygons are in points, which are pixels at 72 dpi."""
    for face, style in FACES.items():
        pdfmetrics.registerFont(TTFont(face, font_path("Barlow", style)))
    canvas = Canvas(str(path), pagesize=A4, invariant=True, pageCompression=1)
    canvas.setTitle("Invoice NW-2025-00417")
    canvas.setAuthor("Nordwind Ladenbedarf GmbH")
    pages = Pages(canvas)
    pages.begin()
    y = _items(pages, _letterhead(pages), ITEMS[:ITEMS_ON_PAGE_1])
    pages.text(RIGHT, y + 12, "continued on page 2", ink=GREY, right=True)
    _foot(pages)
    pages.begin()
    pages.text(LEFT, 62, "Invoice NW-2025-00417", "medium", 11, BLUE)
    y = _items(pages, 84, ITEMS[ITEMS_ON_PAGE_1:])
    amounts = _totals(pages, y)
    _foot(pages)
    canvas.save()
    return {
        "dpi": 72,
        "pages": pages.pages,
        "fields": {
            "merchant_name": "Nordwind Ladenbedarf GmbH",
            "customer_name": "Marktplatz Lebensmittel KG",
            "invoice_id": "NW-2025-00417",
            "date": "2025-03-11",
            "due_date": "2025-04-10",
            "purchase_order": "PO-88213",
            "vat_id": "DE136695976",
            "iban": "DE89370400440532013000",
            "bic": "COBADEFFXXX",
            **amounts,
            "currency": "EUR",
        },
        "barcodes": [],
    }


def _letterhead(pages: Pages) -> float:
    pages.text(LEFT, 74, "Nordwind Ladenbedarf GmbH", "bold", 19, BLUE)
    pages.text(LEFT, 91, "Speicherstrasse 21, 20457 Hamburg, Germany", ink=GREY)
    pages.text(RIGHT, 74, "INVOICE", "bold", 19, INK, right=True)
    pages.rule(104, width=1.2, ink=BLUE)
    bill_to = ("Bill to", "Marktplatz Lebensmittel KG", "Lindenallee 8", "28195 Bremen", "Germany")
    for row, text in enumerate(bill_to):
        pages.text(LEFT, 136 + 14 * row, text, "medium" if row == 1 else "regular", ink=INK if row else GREY)
    facts = (
        ("Invoice number", "NW-2025-00417"),
        ("Invoice date", "11.03.2025"),
        ("Due date", "10.04.2025"),
        ("Purchase order", "PO-88213"),
        ("VAT ID", "DE136695976"),
    )
    for row, (label, value) in enumerate(facts):
        pages.text(354, 136 + 14 * row, label, ink=GREY)
        pages.text(RIGHT, 136 + 14 * row, value, "medium", right=True)
    return 236


def _items(pages: Pages, y: float, items: tuple[tuple[str, str, int, str], ...]) -> float:
    pages.text(LEFT, y, "Article", "bold")
    pages.text(118, y, "Description", "bold")
    for right, text in ((382, "Quantity"), (456, "Unit price"), (RIGHT, "Amount")):
        pages.text(right, y, text, "bold", right=True)
    pages.rule(y + 7, width=1.0, ink=INK)
    for article, description, quantity, price in items:
        y += 26
        pages.text(LEFT, y, article, ink=GREY)
        pages.text(118, y, description)
        for right, text in ((382, str(quantity)), (456, price), (RIGHT, _money(quantity * Decimal(price)))):
            pages.text(right, y, text, right=True)
        pages.rule(y + 9, width=0.3)
    return y + 14


def _totals(pages: Pages, y: float) -> dict[str, str]:
    net = sum((quantity * Decimal(price) for _, _, quantity, price in ITEMS), Decimal(0))
    tax = (net * VAT_RATE / 100).quantize(Decimal("0.01"))
    for label, amount in (("Net amount", net), (f"VAT {VAT_RATE}%", tax)):
        y += 19
        pages.text(382, y, label)
        pages.text(RIGHT, y, _money(amount), right=True)
    y += 25
    pages.rule(y - 16, 382, width=1.0, ink=INK)
    pages.text(382, y, "Total EUR", "bold", 12)
    pages.text(RIGHT, y, _money(net + tax), "bold", 12, right=True)
    y += 52
    for line in (
        "Please pay the total within 30 days, quoting the invoice number.",
        "IBAN DE89 3704 0044 0532 0130 00",
        "BIC COBADEFFXXX",
    ):
        pages.text(LEFT, y, line)
        y += 15
    return {"subtotal": str(net), "tax": str(tax), "total": str(net + tax)}


def _foot(pages: Pages) -> None:
    pages.rule(HEIGHT - 52, width=0.3)
    pages.text(LEFT, HEIGHT - 38, "Nordwind Ladenbedarf GmbH, Hamburg", size=8, ink=GREY)
    pages.text(RIGHT, HEIGHT - 38, f"Page {len(pages.pages)} of 2", size=8, ink=GREY, right=True)


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
