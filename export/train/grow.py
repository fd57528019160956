"""A trained network becomes a larger one that computes the same, and can learn more from there.

The encoder is pre-norm, and LayerNorm subtracts the mean: with every write to the residual stream centred, the old
width stays where it was, new coordinates start at zero, and LayerNorm's gain takes up the changed variance.
New heads, hidden units and layers read random directions and write nothing, so that the first gradient wakes them.
(The idea is Net2Net's, Chen et al. 2016; the centring is ours.)
"""

import math
import unicodedata

import torch
from torch import Tensor, nn

from export.train.charset import ALPHABET, FIRST_CHARACTER, ID_OF
from export.train.model import HEAD_SIZE, Recognizer, sines

State = dict[str, Tensor]


def warm_start(recognizer: Recognizer, small: State) -> None:
    """Give `recognizer` the function of a smaller one.

    `small` has the keys of `Recognizer.state_dict()`; width, layers, alphabet (a prefix of ours), window and
    decoder positions may each be smaller, the decoder's width and layers must be the same.
    """
    small = dict(small)
    _centre(small)
    old_width = small["trocr.encoder.layernorm.weight"].shape[0]
    for name, weight in recognizer.state_dict().items():
        if name in small:
            weight.copy_(_fit(name, small[name].float(), weight, old_width))
        elif name.endswith(("output.dense.weight", "output.dense.bias")):
            weight.zero_()  # a new layer adds nothing yet
    _extend_positions(recognizer, small)
    _teach_accents(recognizer, len(small["dense.bias"]))


def _fit(name: str, old: Tensor, new: Tensor, old_width: int) -> Tensor:
    """`old` in the corner of a weight of `new`'s shape; the rest by what it does to the residual stream."""
    if old.shape == new.shape:
        return old
    grown = new.clone()
    writes = "embeddings" in name or name.endswith(("output.dense.weight", "output.dense.bias"))
    if "layernorm" in name and "encoder" in name and "decoder" not in name:
        ratio = math.sqrt(old_width / len(new))
        grown.fill_(ratio if name.endswith("weight") else 0.0)
        grown[: len(old)] = old * (ratio if name.endswith("weight") else 1.0)
        return grown
    if writes or new.dim() == 1:
        grown.zero_()
    else:
        nn.init.normal_(grown, std=0.5 / math.sqrt(grown.shape[-1]))
    grown[tuple(slice(0, size) for size in old.shape)] = old
    return grown


def _centre(state: State) -> None:
    """Take the mean over the width from all that is added to the encoder's residual stream."""
    for name, weight in state.items():
        if "encoder.embeddings" in name and "patch" not in name:  # class token, positions: (1, n, width)
            state[name] = weight - weight.mean(-1, keepdim=True)
        elif "patch_embeddings" in name or ("trocr.encoder" in name and "output.dense" in name):
            state[name] = weight - weight.mean(0, keepdim=True)


def _extend_positions(recognizer: Recognizer, small: State) -> None:
    """Rows beyond the old window or length: the sines they began as, plus what the known rows learned together."""
    table = recognizer.trocr.encoder.embeddings.position_embeddings.data[0]
    known = small["trocr.encoder.embeddings.position_embeddings"].shape[1]
    wave = torch.zeros_like(table)
    wave[1:, :HEAD_SIZE] = 1.2 * sines(len(table) - 1, HEAD_SIZE, 3.0, 160.0)
    table[known:] = wave[known:] + (table[8:known] - wave[8:known]).mean(0)
    weight = recognizer.trocr.decoder.model.decoder.embed_positions.weight.data
    known = small["trocr.decoder.model.decoder.embed_positions.weight"].shape[0]
    wave = 0.25 * sines(len(weight), weight.shape[1], 2.5, 130.0)
    weight[known:] = wave[known:] + (weight[8:known] - wave[8:known]).mean(0)


def _teach_accents(recognizer: Recognizer, known: int) -> None:
    """A character that is new begins as its base letter, a little less likely: `č` as `c`."""
    embedding = recognizer.trocr.decoder.model.decoder.embed_tokens.weight.data
    dense = recognizer.dense
    for index, character in enumerate(ALPHABET[known - FIRST_CHARACTER :], start=known):
        base = ID_OF.get(unicodedata.normalize("NFD", character)[0], FIRST_CHARACTER)
        base = base if base < known else ID_OF["#"]
        embedding[index] = 0.8 * embedding[base] + 0.01 * torch.randn_like(embedding[base])
        dense.weight.data[index] = 0.8 * dense.weight.data[base]
        dense.bias.data[index] = dense.bias.data[base] - 2.0
