"""The text of synthetic lines: what stands on labels, receipts and invoices, in proportions a shop would know.

Pure: a seed gives a text. Half of a line's worth is exact digits and punctuation, so those are never left to
dictionary words; random strings keep the decoder from becoming a language model that overrules its eyes.
"""

import random
import re
import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from export.train.charset import ALPHABET

_DOMAIN: dict[str, list[str]] = {
    name: [term.strip() for term in terms.split("|")]
    for name, terms in tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8")).items()
}
# Signs that every shop prints weigh more than those of one country, which still must be seen.
_COMMON_CURRENCIES = _DOMAIN["currencies"][:8]
_DATE_FORMATS = (
    *("{d:02d}/{m:02d}/{y}", "{y}-{m:02d}-{d:02d}", "{d}.{m}.{y}", "{d:02d}.{m:02d}.{y}", "{d:02d}-{m:02d}-{s:02d}"),
    *("{d:02d}/{m:02d}/{s:02d}", "{m}/{d}/{y}", "{d:02d} {w} {y}", "{d}-{w}-{y}", "{w} {d}, {y}", "{d:02d}{w}{s:02d}"),
    *("{m:02d}/{y}", "{y}/{m:02d}/{d:02d}", "{d:02d}{m:02d}{y}", "{w} {y}"),
)
# In patterns, 9 is a digit and A a capital.
_CODES = (
    *("AA-9999", "999-999-999", "A99999999", "AA99 9999 9999 9999 9999 99"),
    *("9999-A", "(999999-A)", "AAA/99/9999", "#999999"),
)
_PHONES = (
    *("99-999 9999", "+99 9 99 99 99 99", "(999) 999-9999", "999.999.9999"),
    *("99-99999999", "+99 (9)99 9999-999", "1-999-99-9999"),
)
_NETWORK = (
    *("www.{a}.com", "info@{a}.co.uk", "{a}.{b}@{a}.de", "https://{a}.fr/{b}"),
    *("www.{a}.com.my", "{a}@{b}.it", "@{a}"),
)
_MARKS: tuple[str, ...] = ("***", "---", "===", "[X]", "...", *"*:-=/&@#+|!?<>_~")
_AMOUNTS = (
    *("{t}", "{t}", "{t}", "{s}{t}", "{s} {t}", "{t} {s}", "{t}{s}"),
    *("-{t}", "({t})", "{t} A", "{t}-", "{t} SR", "*{t}"),
)
_SEPARATORS = (("", "."), ("", "."), (",", "."), (".", ","), ("", ","), (" ", ","), ("'", "."))  # thousands, decimals
_FRAMES = ("{}", "({})", '"{}"', "{}:", "{}.", "{},", "*{}*", "[{}]", "{}!", "- {}", "“{}”", "• {}")
_FRAME_WEIGHTS = (80, *[1.5] * (len(_FRAMES) - 1))
_READABLE_SCRAMBLES = (string.ascii_uppercase + string.digits, string.digits + ".,-/:", ALPHABET[1:99])
_RARE = [character for character in ALPHABET if ord(character) > 0x7F]


class Writer:
    """Writes lines of text: `line()` draws the next one."""

    def __init__(
        self, seed: int, words: Mapping[str, Sequence[str]] | None = None, real_lines: Sequence[str] = ()
    ) -> None:
        """Draw words from `words` (by language) and, where given, shapes of lines from `real_lines`."""
        self._random = random.Random(seed)
        self._words = {language: list(listed) for language, listed in (words or {}).items() if listed}
        # English is what most labels carry, beside a language of their own.
        self._languages = [name for name in self._words for _ in range(3 if "english" in name else 1)]
        self._real_lines = list(real_lines)
        self._kinds: dict[Callable[[], str], float] = {
            self._phrase: 16,
            self._item: 12,
            self._keyed: 12,
            self._amounts: 10,
            self._address: 7,
            self._nutrient: 5,
            self._ingredients: 6,
            self._numbers: 8,
            self._scramble: 6,
            self._company: 3,
            self._network: 3,
            self._one_token: 12,
        }
        if self._real_lines:
            self._kinds[self._like_real] = 18

    def line(self, most: int) -> str:
        """A line of 1 to `most` characters, single-spaced, all of them in the alphabet."""
        text = self._choose(self._kinds)()
        # Most lines of documents are short and cost little; one in eight is long on purpose, because text beyond
        # 30 characters is where a reader loses its place.
        reach = self._random.choices((16, 30, 50, most), (40, 30, 17, 13))[0]
        wanted = self._random.randint(reach // 2, reach) if reach > 30 else 0
        most = min(most, reach)
        while len(text) < wanted:
            text += self._random.choice((" ", " ", " ", " - ", ", ", ": ", "; ", " / ")) + self._choose(self._kinds)()
        text = self._punctuate(self._recase(text))
        text = re.sub(r"\s+", " ", "".join(character for character in text if character in ALPHABET)).strip()
        if len(text) > most:
            start = self._random.randint(0, len(text) - most)
            text = text[start : start + most].strip()
        return text or self._digits(1)

    # kinds of lines

    def _phrase(self) -> str:
        words = [self._word() for _ in range(self._random.choice((1, 1, 2, 2, 3, 4, 6, 9)))]
        return " ".join(words)

    def _like_real(self) -> str:
        """A line of a receipt, its digits drawn anew so that no line is learned by heart."""
        text = self._random.choice(self._real_lines)
        if self._random.random() < 0.8:
            text = re.sub(r"\d", lambda _: self._digits(1), text)
        return text

    def _item(self) -> str:
        name = " ".join(self._term("products") for _ in range(self._random.choice((1, 1, 2, 3))))
        parts = [name, self._quantity(), self._amount()]
        layouts = ((0, 2), (0, 1, 2), (1, 0, 2), (0,), (0, 1), (1, 2))
        text = " ".join(parts[index] for index in self._random.choice(layouts))
        if self._random.random() < 0.15:
            text = f"{self._random.choice((self._gtin(), self._digits(4)))} {text}"
        return text

    def _keyed(self) -> str:
        key = self._term(self._random.choice(("receipt", "receipt", "label", "invoice")))
        values = (
            self._amount,
            self._amount,
            self._amount,
            self._date,
            self._date,
            self._code,
            self._code,
            self._numbers,
        )
        value = self._random.choice(values)()
        return key + self._random.choice((" ", ": ", " : ", ":", ". ", " #")) + value

    def _amounts(self) -> str:
        return " ".join(self._amount() for _ in range(self._random.choice((1, 1, 1, 2, 3, 4))))

    def _address(self) -> str:
        number, postcode = self._digits(self._random.randint(1, 4)), self._digits(self._random.choice((4, 5, 5, 6)))
        place, name = self._term("streets"), self._word().title()
        parts = (f"{number} {name} {place}", f"{place} {name} {number}", f"{postcode} {place}", f"{name}, {place}")
        return ", ".join(self._random.sample(parts, self._random.choice((1, 1, 2))))

    def _nutrient(self) -> str:
        values = [self._quantity() for _ in range(self._random.choice((1, 1, 2, 3)))]
        return " ".join((self._term("label"), self._random.choice(("", "< ", "")), *values))

    def _ingredients(self) -> str:
        terms = [self._term("label") for _ in range(self._random.randint(2, 6))]
        text = ", ".join(f"{term} ({self._percentage()})" if self._random.random() < 0.15 else term for term in terms)
        return text + self._random.choice(("", ",", "."))

    def _numbers(self) -> str:
        kinds: dict[Callable[[], str], float] = {
            self._gtin: 3,
            self._date: 4,
            self._time: 2,
            self._phone: 3,
            self._code: 4,
            self._percentage: 1,
        }
        return " ".join(self._choose(kinds)() for _ in range(self._random.choice((1, 1, 2, 3))))

    def _scramble(self) -> str:
        """Letters, digits and signs without any sense; letters that few languages use come up here."""
        rare = "".join(self._random.choices(_RARE, k=8)) + string.ascii_letters
        pool = self._random.choice((*_READABLE_SCRAMBLES, rare))
        return "".join(self._random.choices(pool, k=self._random.randint(1, 14)))

    def _company(self) -> str:
        return " ".join((*(self._word() for _ in range(self._random.randint(1, 3))), self._term("companies")))

    def _network(self) -> str:
        first, second = (re.sub(r"[^a-z]", "", self._word().lower()) or "shop" for _ in range(2))
        return self._random.choice(_NETWORK).format(a=first, b=second)

    def _one_token(self) -> str:
        return self._choose({self._amount: 4, self._word: 4, self._number: 4, self._mark: 1, self._quantity: 2})()

    # tokens

    def _word(self) -> str:
        if not self._words or self._random.random() < 0.3:
            return self._term(self._random.choice(("products", "label", "receipt", "invoice", "companies", "streets")))
        return self._random.choice(self._words[self._random.choice(self._languages)])

    def _term(self, domain: str) -> str:
        return self._random.choice(_DOMAIN[domain])

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices(string.digits, k=count))

    def _number(self) -> str:
        return self._digits(self._random.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12)))

    def _amount(self) -> str:
        whole = self._random.randint(0, 10 ** self._random.choice((1, 1, 2, 2, 2, 3, 4, 6)))
        thousands, decimal = self._random.choice(_SEPARATORS)
        text = f"{whole:,}".replace(",", thousands)
        if self._random.random() < 0.92:
            text += decimal + self._digits(2)
        sign = self._random.choice(_COMMON_CURRENCIES if self._random.random() < 0.6 else _DOMAIN["currencies"])
        return self._random.choice(_AMOUNTS).format(t=text, s=sign)

    def _quantity(self) -> str:
        number = f"{self._random.uniform(0, 99):.{self._random.randint(1, 3)}f}"
        if self._random.random() < 0.5:
            number = str(self._random.randint(1, 999))
        if self._random.random() < 0.25:
            number = number.replace(".", ",")
        return number + self._random.choice(("", " ")) + self._term("units")

    def _percentage(self) -> str:
        number = self._random.choice((str(self._random.randint(0, 100)), f"{self._random.uniform(0, 30):.1f}"))
        return number + self._random.choice(("%", "%", " %"))

    def _date(self) -> str:
        year = self._random.randint(1990, 2035)
        fields = {"d": self._random.randint(1, 28), "m": self._random.randint(1, 12), "y": year, "s": year % 100}
        return self._random.choice(_DATE_FORMATS).format(w=self._term("months"), **fields)

    def _time(self) -> str:
        hour, minute, second = self._random.randrange(24), self._random.randrange(60), self._random.randrange(60)
        short = f"{hour:02d}:{minute:02d}"
        return self._random.choice((short, f"{short}:{second:02d}", f"{hour % 12 or 12}:{minute:02d} PM"))

    def _gtin(self) -> str:
        """A GTIN-8, -12, -13 or -14 with its check digit (GS1 General Specifications, 7.9)."""
        body = self._digits(self._random.choice((7, 11, 12, 12, 13)))
        weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
        gtin = body + str(-weighted % 10)
        return f"{gtin[0]} {gtin[1:7]} {gtin[7:]}" if len(gtin) == 13 and self._random.random() < 0.3 else gtin

    def _phone(self) -> str:
        return self._fill(self._random.choice(_PHONES))

    def _code(self) -> str:
        if self._random.random() < 0.5:
            return self._fill(self._random.choice(_CODES))
        signs = string.ascii_uppercase + string.digits + "-/"
        return "".join(self._random.choices(signs, k=self._random.randint(4, 14)))

    def _fill(self, pattern: str) -> str:
        drawn = {"9": string.digits, "A": string.ascii_uppercase}
        return "".join(self._random.choice(drawn[sign]) if sign in drawn else sign for sign in pattern)

    def _mark(self) -> str:
        return self._random.choice(_MARKS)

    # finish

    def _recase(self, text: str) -> str:
        """As written, or all in capitals (as receipts are), small letters or title case."""
        recased = (text, text, text.upper(), text.upper(), text.lower(), text.title())
        return self._random.choice(recased)

    def _punctuate(self, text: str) -> str:
        frame: str = self._random.choices(_FRAMES, _FRAME_WEIGHTS)[0]
        return frame.format(text)

    def _choose(self, weighted: Mapping[Callable[[], str], float]) -> Callable[[], str]:
        return self._random.choices(list(weighted), list(weighted.values()))[0]
