"""Two recognizers for one page: the second is asked about the lines that the first is unsure of."""

from collections.abc import Sequence
from dataclasses import replace

from ocr_models.types import Image, ReadText
from ocr_server.ports import LineRecognizer, ReadLine

# What a second reader's confidence weighs beside the first one's, who reads better but where it is quite unsure. So a
# second reading can win below this confidence only, and is asked for only there.
UNSURE_BELOW = 0.45


class SecondOpinion:
    """A LineRecognizer of two. Where both read the same, letter case and spaces aside, the first one's text stands and
    is as sure as the surer of them; where they differ, the surer one's does.
    """

    def __init__(self, first: LineRecognizer, second: LineRecognizer) -> None:
        self._first, self._second = first, second

    @property
    def version(self) -> str:
        """See the port."""
        return f"{self._first.version} {self._second.version}"

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """See the port; planned for the first, who reads them all."""
        return self._first.plan_batches(crops)

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """See the port."""
        lines = await self._first.read_lines(crops, languages)
        unsure = [index for index, line in enumerate(lines) if line.text.confidence < UNSURE_BELOW]
        doubted = [crops[index] for index in unsure]
        for batch in self._second.plan_batches(doubted):
            opinions = await self._second.read_lines([doubted[place] for place in batch], languages)
            for place, opinion in zip(batch, opinions, strict=True):
                line = lines[unsure[place]]
                text = settle(line.text, opinion.text)
                lines[unsure[place]] = ReadLine(text, opinion.engine if text is opinion.text else line.engine)
        return lines


def settle(first: ReadText, second: ReadText) -> ReadText:
    """Decide between two readings of one line."""
    if _letters(first) == _letters(second):
        return replace(first, confidence=max(first.confidence, second.confidence))
    return second if second.confidence * UNSURE_BELOW > first.confidence else first


def _letters(read: ReadText) -> str:
    return "".join(read.text.split()).casefold()
