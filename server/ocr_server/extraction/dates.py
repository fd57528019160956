"""Dates and times of day as receipts print them.

Read are day-month-year, month-day-year and year-month-day with ``/``, ``-``, ``.`` or blanks between, month
names in English, German, French, Spanish, Italian, Dutch, Portuguese and Malay, years of two or four digits.

Day or month first? A date with a part above 12 says so itself. For 03/04/2019 it is decided in this order:
another date of the same document that says so; the currency (USD: month first); else day first, which the
rest of the world prints.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from ocr_server.domain.receipt import Field
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

_MONTHS = (
    "jan(?:uary|uar|vier|eiro|uari)?|ene(?:ro)?|gen(?:naio)?|jän(?:ner)?",
    "feb(?:ruary|ruar|rero|braio|ruari)?|fév(?:rier)?|fev(?:rier|ereiro)?",
    "mar(?:ch|s|zo|ço|et)?|märz?|mrz|maart|mrt|mac",
    "apr(?:il|ile)?|avr(?:il)?|abr(?:il)?",
    "may|mai|mayo|maio|maggio|mag|mei",
    "june?|juni|juin|junio|junho|giu(?:gno)?",
    "july?|juli|juil(?:let)?|julio|julho|lug(?:lio)?|julai",
    "aug(?:ust|ustus)?|août|aout|ago(?:sto)?|ogos?",
    "sept?(?:ember|embre|tiembre|tembre)?|set(?:tembre|embro)?",
    "o[ck]t(?:ober|obre|ubre)?|ott(?:obre)?|out(?:ubro)?",
    "nov(?:ember|embre|iembre|embro)?",
    "de[cz](?:ember|embre|iembre|embro)?|déc(?:embre)?|dic(?:iembre|embre)?|dis(?:ember)?",
)
_NAME = "|".join(f"(?P<month{number}>{names})" for number, names in enumerate(_MONTHS, 1))
_DIGIT = "[0-9OoIl|]"
_SEPARATOR = r"\s?[-/.,·]\s?"
# A recognizer may lose the blank before a time of day: 19-03-201818:08.
_YEAR = rf"(?P<c>{_DIGIT}{{4}}(?![0-9](?![0-9]?:[0-9]))|{_DIGIT}{{2}}(?![0-9]|[/-][0-9]))"
_NUMERIC = re.compile(
    rf"(?<![0-9A-Za-z.,/])(?:(?<!-)|(?={_DIGIT}+/))(?P<a>{_DIGIT}{{4}}|{_DIGIT}{{1,2}})(?P<sep>{_SEPARATOR})"
    rf"(?P<b>{_DIGIT}{{1,2}})(?P<sep2>{_SEPARATOR}){_YEAR}"
)
_NAMED = re.compile(
    rf"(?<![0-9A-Za-z])(?P<day>{_DIGIT}{{1,2}})(?i:st|nd|rd|th|\.)?\s?[-/,.']?\s?(?i:{_NAME})(?![^\W\d_])"
    rf"[.,]?\s?[-/,'’]?\s?(?P<year>{_DIGIT}{{4}}|{_DIGIT}{{2}})(?![0-9])"
)
_NAME_FIRST = re.compile(
    rf"(?<![^\W_])(?i:{_NAME})\.?\s?[-/]?\s?(?P<day>{_DIGIT}{{1,2}})(?i:st|nd|rd|th)?(?:\s?[-/,']\s?|\s)"
    rf"(?P<year>{_DIGIT}{{4}}|{_DIGIT}{{2}}(?![0-9:]))(?![0-9])"
)
_TIME = re.compile(
    r"(?<![0-9:.])(?P<hour>[0-2]?[0-9])\s?(?P<sep>[:.h])\s?(?P<minute>[0-5][0-9])(?:\s?[:.]\s?(?P<second>[0-5][0-9]))?"
    r"(?:\s?(?P<half>[AP])\.?\s?M\b\.?)?(?![0-9:])",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\b(?:date|datum|fecha|data|tarikh|dated)\b", re.IGNORECASE)
_OTHER_DATE = re.compile(
    r"\b(?:print(?:ed)?|due|expir\w*|valid|until|from|gültig|fällig|since|birth|promo\w*|delivery|member\w*|w\.?e\.?f|effective)\b",
    re.IGNORECASE,
)
_DIGITS = str.maketrans("OoIl|", "00111")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text: characters start to end, and all readings that exist in the calendar.

    day_first, month_first: None where the parts do not allow that order. They are equal where the text leaves
    no choice, as with month names.
    """

    start: int
    end: int
    day_first: date | None
    month_first: date | None

    def value(self, *, month_before_day: bool) -> date:
        """Return the reading of that order, or the only one there is."""
        preferred, other = self.day_first, self.month_first
        if month_before_day:
            preferred, other = other, preferred
        value = preferred or other
        assert value is not None
        return value


def find_dates(text: str) -> list[DateMention]:
    """Return all dates in a text from left to right, without overlaps."""
    found: list[DateMention] = []
    for mention in sorted(_all_dates(text), key=lambda mention: (mention.start, -mention.end)):
        if not found or mention.start >= found[-1].end:
            found.append(mention)
    return found


def find_times(text: str) -> list[tuple[int, int, time]]:
    """Return the times of day in a text with the characters each takes. ``12.30`` is one only beside AM or PM."""
    times = []
    for match in _TIME.finditer(_without_dates(text)):
        hour, half = int(match["hour"]), (match["half"] or "").upper()
        if match["sep"] == "." and not half:
            continue
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "P" else 0)
        if hour < 24:
            times.append((match.start(), match.end(), time(hour, int(match["minute"]), int(match["second"] or 0))))
    return times


def _without_dates(text: str) -> str:
    """The text with blanks in place of its dates."""
    for mention in find_dates(text):
        text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def find_transaction_date(rows: Sequence[Row], currency: str, today: date) -> Field[date] | None:
    """Return when the sale took place: the first date, those labelled as such or with a time beside preferred.

    Dates after ``today`` or from before 1990 are taken only if there is no other.
    """
    mentions = [(row, mention) for row in rows for mention in find_dates(row.text)]
    month_first = month_before_day([mention for _, mention in mentions], currency)
    best: tuple[float, Field[date]] | None = None
    for order, (row, mention) in enumerate(mentions):
        value = mention.value(month_before_day=month_first)
        before = row.text[: mention.start]
        score = -0.1 * order
        score += 1.0 if _LABEL.search(before) else 0.0
        score += 0.6 if find_times(row.text[mention.end :]) else 0.0
        score -= 1.5 if _OTHER_DATE.search(before) else 0.0
        score -= 2.0 if value > today or value.year < 1990 else 0.0
        if best is None or score > best[0]:
            unsure = mention.day_first and mention.month_first and mention.day_first != mention.month_first
            certainty = 0.9 if unsure and not currency else 1.0
            best = score, Mention.in_row(row, mention.start, mention.end).field(value, certainty=certainty)
    return best[1] if best else None


def find_transaction_time(rows: Sequence[Row], near: Field[date] | None) -> Field[time] | None:
    """Return the time of day: the one in the date's row or nearest to it, else the first one printed."""
    dated = [number for number, row in enumerate(rows) if near and _holds(row, near)]
    best: tuple[float, Field[time]] | None = None
    for number, row in enumerate(rows):
        for start, end, value in find_times(row.text):
            distance = float(abs(number - dated[0])) if dated else float(number)
            if best is None or distance < best[0]:
                best = distance, Mention.in_row(row, start, end).field(value)
    return best[1] if best else None


def _holds(row: Row, field: Field[date]) -> bool:
    return row.page_number == field.page_number and field.mention_text in row.text


def month_before_day(mentions: Sequence[DateMention], currency: str) -> bool:
    """Return whether 03/04 is March 4th in a document with these dates and this currency.

    A date that allows one order only decides, then the currency.
    """
    for mention in mentions:
        if mention.day_first is None or mention.month_first is None:
            return mention.day_first is None
    return currency == "USD"


def _all_dates(text: str) -> Iterator[DateMention]:
    for match in _NUMERIC.finditer(text):
        yield from _numeric(match)
    for pattern in (_NAMED, _NAME_FIRST):
        for match in pattern.finditer(text):
            month = next(number for number in range(1, 13) if match[f"month{number}"])
            value = _calendar(match["year"], str(month), match["day"])
            if value and any(digit in "0123456789" for digit in match["year"]):
                yield DateMention(match.start(), match.end(), value, value)


def _numeric(match: re.Match[str]) -> Iterator[DateMention]:
    a, b, c = match["a"], match["b"], match["c"]
    if match["sep"].strip() != match["sep2"].strip() or sum(digit.isdigit() for digit in a + b + c) < 4:
        return
    if len(a) == 4:
        day_first = month_first = _calendar(a, b, c) if len(c) == 2 else None
    else:
        day_first, month_first = _calendar(c, b, a), _calendar(c, a, b)
        if day_first is None and month_first is None:  # 18-03-21 with the year in front
            day_first = month_first = _calendar(a, b, c)
    if day_first or month_first:
        yield DateMention(match.start(), match.end(), day_first, month_first)


def _calendar(year: str, month: str, day: str) -> date | None:
    """The date of these digits if there is one; two-digit years are 1970 to 2069."""
    y, m, d = (int(part.translate(_DIGITS)) for part in (year, month, day))
    if len(year) == 2:
        y += 1900 if y >= 70 else 2000
    try:
        return date(y, m, d) if 1900 <= y < 2100 else None
    except ValueError:
        return None
