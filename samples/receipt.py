"""A till's receipt on thermal paper, as a scanner sees it."""

from decimal import ROUND_HALF_UP, Decimal

from PIL import Image, ImageFilter
from PIL.ImageFont import FreeTypeFont
from sheet import Sheet, font

WIDTH, HEIGHT, MARGIN = 800, 1500, 70
TAX_FLAG_WIDTH = 36
PAPER, INK = 250, 38
MERCHANT = "HARBOR LANE GROCERS"
ADDRESS = ("214 Harbor Lane", "Portland, ME 04101")
TAX_RATE = Decimal("5.5")
TRANSACTION = "HLG-0314-20871"
# name, how it was counted, amount, taxed
ITEMS = (
    ("SOURDOUGH LOAF", "", "6.50", False),
    ("WHOLE MILK 1 GAL", "", "4.89", False),
    ("EGGS FREE RANGE 12", "", "5.25", False),
    ("BANANAS", "1.84 LB @ 0.69 / LB", "1.27", False),
    ("OLIVE OIL 500 ML", "", "11.40", False),
    ("GROUND COFFEE 12 OZ", "2 @ 9.75", "19.50", False),
    ("DISH SOAP 24 OZ", "", "3.99", True),
    ("PAPER TOWELS 6 ROLLS", "", "8.49", True),
)


def draw() -> tuple[Sheet, dict[str, str]]:
    """Return the sheet and the fields that can be read from it."""
    sheet = Sheet(Image.new("L", (WIDTH, HEIGHT), PAPER))
    regular, bold = font("IBMPlexMono", "Medium", 29), font("IBMPlexMono", "Bold", 36)
    right = WIDTH - MARGIN
    y = 110

    def row(
        left_text: str, right_text: str = "", *, face: FreeTypeFont = regular, step: int = 46, end: int = right
    ) -> None:
        nonlocal y
        sheet.text(MARGIN, y, left_text, face, ink=INK)
        if right_text:
            sheet.text(end, y, right_text, face, anchor="rs", ink=INK)
        y += step

    def amount_row(label: str, amount: object, *, face: FreeTypeFont = regular, step: int = 46) -> None:
        row(label, str(amount), face=face, step=step, end=right - TAX_FLAG_WIDTH)

    def centered(text: str, face: FreeTypeFont = regular, step: int = 44) -> None:
        nonlocal y
        sheet.text(WIDTH / 2, y, text, face, anchor="ms", ink=INK)
        y += step

    def rule() -> None:
        nonlocal y
        sheet.rule(y - 22, MARGIN, right, ink=INK, dash=8)
        y += 26

    centered(MERCHANT, font("IBMPlexMono", "Bold", 50), 58)
    for line in ADDRESS:
        centered(line)
    centered("TEL (207) 555-0142", step=62)
    row("Date 03/14/2025", "Time 17:42")
    row("Receipt 20871", "Till 3")
    row("Cashier MAYA", step=40)
    rule()
    subtotal = taxed = Decimal(0)
    for name, counted, amount, is_taxed in ITEMS:
        if is_taxed:
            row(name, f"{amount} T")
        else:
            amount_row(name, amount, step=38 if counted else 46)
        if counted:
            sheet.text(MARGIN + 36, y, counted, regular, ink=INK)
            y += 46
        subtotal += Decimal(amount)
        taxed += Decimal(amount) if is_taxed else 0
    rule()
    tax = (taxed * TAX_RATE / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    total = subtotal + tax
    amount_row("SUBTOTAL", subtotal)
    amount_row(f"SALES TAX {TAX_RATE}%", tax, step=56)
    amount_row("TOTAL USD", total, face=bold, step=54)
    rule()
    amount_row("VISA ending in 4821", total)
    row("APPROVED", "AUTH 073915", step=74)
    centered("Thank you. Come back soon!", step=30)
    y = sheet.barcode(WIDTH // 2, y, TRANSACTION, "code-128", module=3, height=120) + 34
    centered(TRANSACTION, font("IBMPlexMono", "Medium", 26))

    # Thermal dots bleed a little into the paper.
    sheet.image = sheet.image.filter(ImageFilter.GaussianBlur(0.7))
    return sheet, {
        "merchant_name": MERCHANT,
        "merchant_address": ", ".join(ADDRESS),
        "date": "2025-03-14",
        "time": "17:42",
        "receipt_number": "20871",
        "subtotal": str(subtotal),
        "tax": str(tax),
        "total": str(total),
        "currency": "USD",
    }
