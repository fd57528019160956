"""How what one way of reading wrote compares with what another one wrote, and with the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

from export import measures
from export.trocr.checkpoint import Checkpoint
from export.trocr.lines import Lines
from ocr_models.trocr.vocabulary import Vocabulary

CER_TOLERANCE = 0.003


@dataclass(frozen=True, slots=True)
class Reading:
    """What one way of reading wrote for each line, in order, and the median CPU time of a line."""

    tokens: list[list[int]]
    cpu_ms_per_line: float


@dataclass(frozen=True, slots=True)
class Parity:
    """How a reading compares with the reference. Rates from 0 to 1; `cer` is that of the truth."""

    lines: int
    same_lines: int
    tokens: int
    cer: float
    cer_change: float
    first_difference: str | None

    @property
    def exact(self) -> bool:
        """Every token of every line is the reference's."""
        return self.same_lines == self.lines

    @property
    def close(self) -> bool:
        """It makes hardly more errors than the reference."""
        return self.cer_change <= CER_TOLERANCE


def compare(reading: Reading, reference: Reading, lines: Lines, vocabulary: Vocabulary) -> Parity:
    """Compare what was read with what the reference read, and both with the truth."""
    differing = [index for index, row in enumerate(reading.tokens) if row != reference.tokens[index]]
    written = [[vocabulary.spell(row).text for row in each.tokens] for each in (reading, reference)]
    cer, reference_cer = (error_rate(texts, lines) for texts in written)
    first = None
    if differing:
        ours, theirs = (texts[differing[0]] for texts in written)
        first = f"line {differing[0] + 1} ({lines.lines[differing[0]].text!r}): {ours!r}, PyTorch {theirs!r}"
    return Parity(
        lines=len(lines.lines),
        same_lines=len(lines.lines) - len(differing),
        tokens=sum(map(len, reference.tokens)),
        cer=cer,
        cer_change=cer - reference_cer,
        first_difference=first,
    )


def error_rate(texts: Sequence[str], lines: Lines) -> float:
    """Character error rate: edits over characters of the truth."""
    pairs = [
        (text, line.text) if line.cased else (text.upper(), line.text.upper())
        for text, line in zip(texts, lines.lines, strict=True)
    ]
    return measures.error_rate(pairs)


def misspelt(checkpoint: Checkpoint, reference: Reading, vocabulary: Vocabulary) -> str | None:
    """What `vocabulary` spells otherwise than the checkpoint's tokenizer does, if anything."""
    if checkpoint.tokenizer is None:
        return None
    for row in reference.tokens:
        decoded = checkpoint.tokenizer.decode(row, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        ours, theirs = vocabulary.spell(row).text, " ".join(decoded.split())
        if ours != theirs:
            return f"{ours!r}, the tokenizer writes {theirs!r}"
    return None
