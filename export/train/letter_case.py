"""Which letters of a real line are small: its truth is in capitals, its print often is not.

The dense head, which learned case from rendered lines, is aligned with the truth. The decoder is then given the
line as printed, so that it never learns to write capitals over small print.
"""

from difflib import SequenceMatcher

import torch

from export.train.batch import Batch, Example, by_width, collate
from export.train.charset import BLANK, FIRST_CHARACTER, decode
from export.train.model import Recognizer

# Below this agreement the truth belongs to another line, or the box to another text.
_BELIEVED = 0.5


def recase(recognizer: Recognizer, examples: list[Example], device: torch.device) -> list[str | None]:
    """The text of each example as printed; None where what is seen has little to do with what is said."""
    recognizer.eval()
    texts: dict[int, str | None] = {}
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for group in by_width(examples, columns_per_batch=4096):
            batch: Batch = collate(group)
            states = recognizer.encode(torch.from_numpy(batch.images).to(device))
            seen = recognizer.dense(states[:, 1:]).argmax(-1).tolist()
            for example, columns in zip(group, seen, strict=True):
                texts[id(example)] = align(collapse(columns), example.text)
    recognizer.train()
    return [texts[id(example)] for example in examples]


def collapse(columns: list[int]) -> str:
    """CTC's rule: repeats are one character, blanks are none."""
    kept = [token for token, before in zip(columns, [BLANK, *columns], strict=False) if token != before]
    return decode([token for token in kept if token >= FIRST_CHARACTER])


def align(seen: str, truth: str) -> str | None:
    """`truth` with the letter case of `seen`; letters without a counterpart follow their neighbours."""
    folded_seen, folded_truth = _fold(seen), _fold(truth)
    matcher = SequenceMatcher(None, folded_seen, folded_truth, autojunk=False)
    if matcher.ratio() < _BELIEVED:
        return None
    small: list[bool | None] = [None] * len(truth)
    for seen_at, truth_at, size in matcher.get_matching_blocks():
        for step in range(size):
            if truth[truth_at + step].isalpha():
                small[truth_at + step] = seen[seen_at + step].islower()
    printed = []
    for index, character in enumerate(truth):
        is_small = small[index]
        if is_small is None:
            near = [flag for flag in small[max(0, index - 3) : index + 4] if flag is not None]
            is_small = 2 * sum(near) > len(near)
        printed.append(character.lower() if is_small and len(character.lower()) == 1 else character)
    return "".join(printed)


def _fold(text: str) -> str:
    """Capitals, of the same length as `text`."""
    return "".join(character.upper() if len(character.upper()) == 1 else character for character in text)
