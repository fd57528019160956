"""The back of a jar's label: name, ingredients, nutrition, dates, an EAN-13."""

from textwrap import wrap

from PIL import Image, ImageDraw
from sheet import Sheet, font

WIDTH, HEIGHT, MARGIN = 1280, 860, 56
PAPER, INK, GREEN, WHITE = "#fbf7ec", "#23201b", "#2f5d43", "#fbf7ec"
# 952 is GS1's prefix for demonstrations: no product carries it.
GTIN = "9521234500018"
INGREDIENTS = (
    "Ingredients: tomatoes (68%), roasted red peppers (14%), onions, extra virgin olive oil, garlic, "
    "WALNUTS (2.5%), salt, basil, black pepper. For allergens see ingredients in CAPITALS."
)
NUTRITION = (
    ("Energy", "318 kJ / 76 kcal"),
    ("Fat", "4.1 g"),
    ("of which saturates", "0.6 g"),
    ("Carbohydrate", "7.4 g"),
    ("of which sugars", "6.2 g"),
    ("Protein", "1.8 g"),
    ("Salt", "0.94 g"),
)


def draw() -> tuple[Sheet, dict[str, str]]:
    """Return the sheet and the fields that can be read from it."""
    sheet = Sheet(Image.new("RGB", (WIDTH, HEIGHT), PAPER))
    canvas = ImageDraw.Draw(sheet.image)
    canvas.rectangle((0, 0, WIDTH, 196), fill=GREEN)
    sheet.text(MARGIN, 84, "ORTO VERDE", font("Barlow", "SemiBold", 44), ink="#d9c27a")
    sheet.text(MARGIN, 156, "Roasted Pepper Pasta Sauce", font("Barlow", "Bold", 60), ink=WHITE)
    sheet.text(WIDTH - MARGIN, 156, "340 g", font("Barlow", "Bold", 60), anchor="rs", ink=WHITE)

    _ingredients(sheet)
    _nutrition(sheet)

    canvas.rectangle((MARGIN, 606, MARGIN + 400, 818), fill="white")
    bottom = sheet.barcode(MARGIN + 200, 622, GTIN, "ean-13", module=3, height=146)
    digits = f"{GTIN[0]} {GTIN[1:7]} {GTIN[7:]}"
    sheet.text(MARGIN + 200, bottom + 34, digits, font("IBMPlexMono", "Medium", 30), anchor="ms", ink=INK)
    return sheet, {
        "brand": "ORTO VERDE",
        "name": "Roasted Pepper Pasta Sauce",
        "net_content": "340 g",
        "gtin": GTIN.zfill(14),
        "expiry_date": "2027-08-30",
        "batch": "L5073B",
        "origin": "Italy",
        "ingredients": INGREDIENTS.removeprefix("Ingredients: "),
    }


def _ingredients(sheet: Sheet) -> None:
    y = 256
    for line in wrap(INGREDIENTS, 50):
        sheet.text(MARGIN, y, line, font("BarlowCondensed", "Medium", 33), ink=INK)
        y += 43
    y += 26
    for line in ("Once opened keep refrigerated and use within 5 days.", "Product of Italy"):
        sheet.text(MARGIN, y, line, font("BarlowCondensed", "Regular", 31), ink=INK)
        y += 42
    bold = font("BarlowCondensed", "SemiBold", 36)
    for y, label, value in ((656, "Best before", "30 AUG 2027"), (712, "Batch", "L5073B")):
        sheet.text(512, y, label, font("BarlowCondensed", "Regular", 34), ink=INK)
        sheet.text(672, y, value, bold, ink=INK)
    sheet.text(512, 778, "Orto Verde S.r.l., Via dei Campi 12, 43100 Parma", font("Barlow", "Regular", 27), ink=INK)
    sheet.text(512, 816, "www.ortoverde.example", font("Barlow", "Regular", 27), ink=INK)


def _nutrition(sheet: Sheet) -> None:
    left, right, y = 780, WIDTH - MARGIN, 256
    sheet.text(left, y, "Nutrition", font("Barlow", "SemiBold", 32), ink=INK)
    sheet.text(right, y, "per 100 g", font("Barlow", "SemiBold", 30), anchor="rs", ink=INK)
    sheet.rule(y + 14, left, right, ink=INK, width=3)
    for name, amount in NUTRITION:
        y += 46
        indent = 22 if name.startswith("of which") else 0
        sheet.text(left + indent, y, name, font("Barlow", "Regular", 28), ink=INK)
        sheet.text(right, y, amount, font("Barlow", "Medium", 28), anchor="rs", ink=INK)
        sheet.rule(y + 13, left, right, ink="#c9c1ad", width=1)
