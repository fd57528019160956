"""Receipts as tills of several countries print them, and the pages a reader makes of them."""

import re

from ocr_server.domain.document import Engine, Line, Page, Word
from ocr_server.domain.geometry import Polygon

CHARACTER_PX = 10
ROW_PX = 30
_COLUMN = re.compile(r"\S+(?: \S+)*")


def line(text: str, left: float, top: float, *, confidence: float = 0.9) -> Line:
    """A line of type set in cells of 10 by 24 pixels, with its words."""
    words = tuple(
        Word(match[0], confidence, _cells(left + match.start() * CHARACTER_PX, top, len(match[0])))
        for match in re.finditer(r"\S+", text)
    )
    return Line(text, confidence, 1.0, _cells(left, top, len(text)), words, Engine.PPOCR)


def page(printed: str, *, page_number: int = 1) -> Page:
    """A page of that text. Columns, set apart by two blanks or more, become lines of their own."""
    rows = printed.strip("\n").split("\n")
    lines = [
        line(match[0], match.start() * CHARACTER_PX, number * ROW_PX)
        for number, row in enumerate(rows)
        for match in _COLUMN.finditer(row)
    ]
    return Page(page_number, 1000, ROW_PX * len(rows), 0.0, tuple(lines))


def _cells(left: float, top: float, count: int) -> Polygon:
    return Polygon.from_box(left, top, left + max(count, 1) * CHARACTER_PX, top + 24)


MALAYSIA = """
       KEDAI MAKMUR SDN BHD
           (123456-X)
     NO 12, JALAN MAWAR 3/2,
   43300 SERI KEMBANGAN, SELANGOR
        TEL: 03-8945 1234
     GST ID NO: 000123456789
           TAX INVOICE
INVOICE NO: CS00012543
DATE: 03/04/2018 15:39:00
ITEM             QTY  PRICE  AMOUNT
MILO 1KG           2  10.60   21.20
SABUN               1   5.30    5.30
TOTAL SALES (EXCLUDING GST) :   25.00
TOTAL GST :                      1.50
TOTAL SALES (INCLUSIVE OF GST): 26.50
ROUNDING ADJ:                   -0.05
TOTAL AMOUNT PAYABLE RM         26.45
CASH                            50.00
CHANGE                          23.55
GST SUMMARY    AMOUNT(RM)  TAX(RM)
SR @ 6%           25.00       1.50
"""

GERMANY = """
         Müller Markt GmbH
          Hauptstraße 12
          80331 München
     USt-IdNr. DE123456789
                           EUR
Vollmilch 3,5%            1,19 A
Brot                      3,49 A
Wein             2 x 7,00
                         14,00 B
SUMME              EUR   18,68
Gegeben bar        EUR   20,00
Rückgeld           EUR   -1,32
Steuer      Netto   MwSt  Brutto
A  7%        4,37   0,31    4,68
B 19%       11,76   2,24   14,00
Bon-Nr. 004711    12.03.2024 18:07
"""

BRITAIN = """
       GREENE & SONS LTD
       14 HIGH STREET
       LONDON SW1A 1AA
   VAT No. GB 123 4567 89
TEA                       £2.50
SCONE                     £3.00
SUBTOTAL                  £5.50
SERVICE CHARGE            £0.69
TOTAL                     £6.19
VISA DEBIT                £6.19
VAT 20%                   £1.03
21 Mar 2024  16:45
"""

UNITED_STATES = """
        JOE'S DINER LLC
      120 MAIN STREET
     ALBANY, NY 12207
03/04/2024  2:15 PM
CHECK #: 100482
BURGER                  $12.00
FRIES                    $4.50
SUBTOTAL                $16.50
SALES TAX 8.875%         $1.46
TIP                      $3.30
TOTAL                   $21.26
MASTERCARD              $21.26
"""

FRANCE = """
      BOULANGERIE MARTIN SARL
       12 RUE DE LA PAIX
         75002 PARIS
   SIRET 123 456 789 00012
Ticket n° 000812
Le 12/03/2024 à 14h32
2 BAGUETTE        1,20      2,40
QUICHE                      4,50
TOTAL TTC                   6,90 €
ESPECES                    10,00 €
RENDU                       3,10 €
TVA 5,5%      6,54          0,36
"""

SWITZERLAND = """
        Coopérative Alpina AG
          Bahnhofstrasse 5
          8001 Zürich
     CHE-123.456.789 MWST
12.03.24 09:15
Käse                 1'020.50
Schokolade              12.30
Total CHF            1'032.80
Maestro CHF          1'032.80
MWST %   Netto    MWST
2.6     1'006.63   26.17
"""
