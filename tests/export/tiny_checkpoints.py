"""Tiny TrOCR checkpoints in the style of the official ones, made on the spot: nothing is fetched.

Square images of 384 px in patches of 16, as theirs. What differs between the families stands in FAMILIES.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    DeiTConfig,
    RobertaTokenizerFast,
    TrOCRConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    XLMRobertaTokenizer,
)

from export.trocr.lines import Line
from ocr_models.trocr.square_image import to_square

CORPUS = [
    "TOTAL 12.50 EUR", "Harbor Lane Grocers", "Café crème 3,20 €", "VAT 20% 2.08", "Thank you, come again!",
    "Date 03/14/2025", "Größe: 250 g", "2 x milk 1.5 l", "Ingredients: tomatoes (68%)", "TEL (207) 555-0142",
] * 4  # fmt: skip

# As in the checkpoints of these names: encoder, tokenizer, and the decoder's ways.
FAMILIES: dict[str, dict[str, Any]] = {
    "small": {"encoder": "deit", "tokenizer": "sentencepiece", "activation_function": "relu", "scale_embedding": True},
    "base": {"encoder": "vit", "tokenizer": "bpe", "activation_function": "gelu", "scale_embedding": False},
    "large-printed": {
        "encoder": "vit",
        "tokenizer": "bpe",
        "activation_function": "relu",
        "scale_embedding": True,
        "use_learned_position_embeddings": False,
        "layernorm_embedding": False,
    },
}


def build(folder: Path, family: str, *, bridged: bool = False) -> Path:
    """Save a checkpoint of `family` with random weights, strong enough to write another text for another image.

    `bridged`: the decoder does not know the encoder's width, and a projection stands between them.
    """
    torch.manual_seed(1)
    model = _network(_save_tokenizer(folder, FAMILIES[family]["tokenizer"]), family, bridged=bridged)
    _draw(model, 1.5)
    return _save(model, folder)


def build_trained(folder: Path, lines: Sequence[Line], steps: int = 60) -> Path:
    """Save a checkpoint of the base family that has learnt these few lines by heart, as random weights never would.

    What it writes is sure of itself, so that eight bits must not change it, and has a meaning that serving can show.
    """
    torch.manual_seed(1)
    _save_tokenizer(folder, "bpe")
    tokenizer: Any = RobertaTokenizerFast.from_pretrained(folder)
    model = _network(len(tokenizer), "base").train()
    _draw(model, 1.0)
    ids = tokenizer([line.text for line in lines], return_tensors="pt", padding=True).input_ids
    labels = ids[:, 1:].masked_fill(ids[:, 1:] == tokenizer.pad_token_id, -100)
    ids[:, 0] = tokenizer.eos_token_id  # what TrOCR's decoder begins with
    pixels = np.stack([to_square(line.crop, 384, 384, "bilinear") for line in lines])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    optimizer = torch.optim.Adam(model.parameters(), lr=6e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(pixel_values=images, decoder_input_ids=ids[:, :-1]).logits
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return _save(model.eval(), folder)


def _draw(model: Any, strength: float) -> None:
    """Draw the weights anew, much stronger than training begins: an image must make a difference."""
    patches = model.encoder.embeddings.patch_embeddings.projection.weight
    for weight in (patches, *(weight for weight in model.parameters() if weight.dim() == 2)):
        torch.nn.init.normal_(weight, std=strength / weight[0].numel() ** 0.5)


def _network(vocabulary: int, family: str, *, bridged: bool = False) -> Any:
    traits = {key: value for key, value in FAMILIES[family].items() if key not in ("encoder", "tokenizer")}
    kind = DeiTConfig if FAMILIES[family]["encoder"] == "deit" else ViTConfig
    encoder = kind(
        image_size=384,
        patch_size=16,
        qkv_bias=kind is DeiTConfig,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=96,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    decoder = TrOCRConfig(
        vocab_size=vocabulary + 7,  # a network may know more ids than its tokenizer
        d_model=32,
        decoder_layers=2,
        decoder_attention_heads=4,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        dropout=0.0,
        tie_word_embeddings=False,
        cross_attention_hidden_size=None if bridged else 48,
        **traits,
    )
    config: Any = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 2, 1, 2
    model: Any = VisionEncoderDecoderModel(config=config)
    said = model.generation_config
    said.decoder_start_token_id, said.bos_token_id, said.pad_token_id, said.eos_token_id = 2, 0, 1, 2
    said.max_length = 32
    # A habit that a checkpoint may have, and that plain greedy decoding must not share.
    said.no_repeat_ngram_size = 3
    return model


def _save(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    ViTImageProcessor(size={"height": 384, "width": 384}, resample=2).save_pretrained(folder)
    return folder


def _save_tokenizer(folder: Path, kind: str) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "bpe":
        trained = ByteLevelBPETokenizer()
        trained.train_from_iterator(CORPUS, vocab_size=320, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
        trained.save_model(str(folder))
        tokenizer: Any = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    else:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS),
            model_prefix=str(folder / "sentencepiece.bpe"),
            vocab_size=90,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        tokenizer = XLMRobertaTokenizer(str(folder / "sentencepiece.bpe.model"))
    tokenizer.save_pretrained(folder)
    return len(tokenizer)
