"""What the network is taught: where each glyph is, then what the line says.

Rendered lines: `dense` (the character under each column), .15 `position` (its index in the text), .2 `attention`
(half of the decoder's heads are told which columns the next character has), and the text itself. Without the first
three, the same network after the same images still writes nothing but blanks.
Real lines: no positions are known, only the text, without letter case.
All lines: .5 CTC on the dense head (for real ones without letter case). Column by column, a narrow "i" that goes lost
costs one label of a hundred; in the collapsed text, which is the decoder's draft when lines are read, it costs a run.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from export.train.batch import IGNORE, Batch
from export.train.charset import ALPHABET, BLANK, EOS, FIRST_CHARACTER, ID_OF, PAD, VOCABULARY_SIZE
from export.train.model import Recognizer

_RANDOM_TOKENS = 0.06
_SURPLUS_LINES = 0.3


@dataclass(frozen=True, slots=True)
class Losses:
    """Each loss as a scalar tensor, zero where the batch has no lines for it."""

    dense: Tensor
    position: Tensor
    attention: Tensor
    text: Tensor
    ctc: Tensor

    def total(self, text_weight: float = 1.0) -> Tensor:
        """The weighted sum that is minimised; `text_weight` scales what the decoder learns from."""
        seen = self.dense + 0.15 * self.position + 0.5 * self.ctc
        return seen + text_weight * (self.text + 0.2 * self.attention)


def compute(recognizer: Recognizer, batch: Batch, device: torch.device, generator: torch.Generator) -> Losses:
    """Run the network on `batch` (under bf16 autocast) and compare."""
    images = torch.from_numpy(batch.images).to(device)
    given, wanted = _teach(torch.from_numpy(batch.tokens), generator)
    given, wanted = given.to(device), wanted.to(device)
    real = torch.from_numpy(batch.is_real).to(device)
    with torch.autocast(device.type, torch.bfloat16):
        states = recognizer.encode(images)
        dense, position = recognizer.dense(states[:, 1:]).float(), recognizer.position(states[:, 1:]).float()
        logits, attentions = recognizer.decode(states, given)
    zero = torch.zeros((), device=device)
    log_text = functional.log_softmax(logits.float(), -1)
    log_text = torch.where(real[:, None, None], without_case(log_text), log_text)
    text = functional.nll_loss(log_text.flatten(0, 1), wanted.flatten(), ignore_index=PAD)
    rendered = ~real
    by_column = by_index = by_attention = zero
    if rendered.any():
        character_at = torch.from_numpy(batch.character_at).to(device)[rendered]
        position_at = torch.from_numpy(batch.position_at).to(device)[rendered]
        by_column = functional.cross_entropy(dense[rendered].flatten(0, 1), character_at.flatten())
        by_index = functional.cross_entropy(
            position[rendered].flatten(0, 1), position_at.flatten(), ignore_index=IGNORE
        )
        by_attention = _attention(attentions, position_at, wanted, rendered)
    by_ctc = _ctc(dense, wanted, real)
    return Losses(by_column, by_index, by_attention, text, by_ctc)


def without_case(log_probability: Tensor) -> Tensor:
    """Log-probabilities (..., vocabulary) in which each letter has what it and its other case have together."""
    other = _OTHER_CASE.to(log_probability.device)
    both = torch.logaddexp(log_probability, log_probability[..., other])
    return torch.where(other == torch.arange(VOCABULARY_SIZE, device=other.device), log_probability, both)


def _teach(tokens: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """What the decoder is given and what it must answer, (B, L + 4) each.

    Some given characters are wrong, so that one misreading does not spoil the rest; behind the end of some lines
    stand surplus characters whose answer is the end again, so that a decoder gone astray comes to a stop.
    """
    padded = functional.pad(tokens, (0, 4), value=PAD)
    given, wanted = padded[:, :-1].clone(), padded[:, 1:].clone()
    wrong = (torch.rand(given.shape, generator=generator) < _RANDOM_TOKENS) & (given >= FIRST_CHARACTER)
    given[wrong] = torch.randint(FIRST_CHARACTER, VOCABULARY_SIZE, (int(wrong.sum()),), generator=generator)
    chosen = torch.nonzero(torch.rand(len(tokens), generator=generator) < _SURPLUS_LINES)[:, 0].tolist()
    for row in chosen:
        length = int((tokens[row] != PAD).sum()) - 2
        surplus = int(torch.randint(1, 5, (), generator=generator))
        start = int(torch.randint(0, max(1, length), (), generator=generator))
        repeated = tokens[row, 1 : length + 1].roll(-start).repeat(5)[:surplus]  # "RM RM RM"
        given[row, length + 1 : length + 1 + len(repeated)] = repeated
        wanted[row, length + 1 : length + 1 + len(repeated)] = EOS
    return given, wanted


def _attention(attentions: tuple[Tensor, ...], position_at: Tensor, wanted: Tensor, rendered: Tensor) -> Tensor:
    """Minus the log of the attention that the first half of the heads pays to the wanted character's columns."""
    steps = torch.arange(wanted.shape[1], device=wanted.device)
    is_there = position_at[:, None, :] == steps[None, :, None]  # (b, L, T)
    counted = (wanted[rendered] != PAD) & is_there.any(-1)
    total = torch.zeros((), device=wanted.device)
    for attention in attentions:
        heads = attention.shape[1] // 2
        paid = (attention[rendered, :heads, :, 1:].float() * is_there[:, None]).sum(-1)  # (b, heads, L)
        total = total - (torch.log(paid + 1e-4) * counted[:, None]).sum() / (counted.sum() * heads)
    return total / len(attentions)


def _ctc(dense: Tensor, wanted: Tensor, real: Tensor) -> Tensor:
    """CTC per character, of real lines without letter case; a line that does not fit its columns counts nothing."""
    log_probability = functional.log_softmax(dense, -1)
    log_probability = torch.where(real[:, None, None], without_case(log_probability), log_probability).transpose(0, 1)
    characters = wanted >= FIRST_CHARACTER
    lengths = characters.sum(1)
    columns = torch.full_like(lengths, dense.shape[1])
    losses = functional.ctc_loss(
        log_probability, wanted[characters], columns, lengths, blank=BLANK, reduction="none", zero_infinity=True
    )
    return losses.clamp(max=200).sum() / lengths.sum()


def _other_case() -> Tensor:
    other = torch.arange(VOCABULARY_SIZE)
    for character in ALPHABET:
        other[ID_OF[character]] = ID_OF.get(character.swapcase(), ID_OF[character])
    # One-way pairs (`ß`, `ı`) would count a letter twice.
    mutual = other[other] == torch.arange(VOCABULARY_SIZE)
    return torch.where(mutual, other, torch.arange(VOCABULARY_SIZE))


_OTHER_CASE = _other_case()
