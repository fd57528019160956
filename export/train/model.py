"""The compact TrOCR: a standard `VisionEncoderDecoderModel`, and two heads that exist for training.

A ViT encoder whose patches are columns (32 x 4 px), pre-norm; TrOCR's decoder, post-norm, one token a character.
`dense` says which character each column shows (and is a CTC head), `position` which index in the text it has.
"""

import json
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import TrOCRConfig, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

from export.train.batch import MAX_CHARACTERS
from export.train.charset import ALPHABET, BOS, EOS, PAD, VOCABULARY_SIZE
from ocr_models.trocr.line_image import COLUMN_PX, HEIGHT_PX, MAX_WIDTH_PX

HEAD_SIZE = 32
_POSITIONS = MAX_CHARACTERS + 16  # the end of the text, and room to be led astray in training
AUXILIARY = "auxiliary_heads.safetensors"


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a network. Widths are multiples of the head size, 32."""

    width: int = 256
    layers: int = 6
    decoder_width: int = 192
    decoder_layers: int = 2


def configuration(shape: Shape) -> VisionEncoderDecoderConfig:
    """What `VisionEncoderDecoderModel` needs to know of `shape`."""
    encoder = ViTConfig(  # type: ignore[no-untyped-call]
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.width // HEAD_SIZE,
        intermediate_size=4 * shape.width,
        image_size=(HEIGHT_PX, MAX_WIDTH_PX),
        patch_size=(HEIGHT_PX, COLUMN_PX),
        num_channels=1,
        hidden_act="relu",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    decoder = TrOCRConfig(  # type: ignore[no-untyped-call]
        vocab_size=VOCABULARY_SIZE,
        d_model=shape.decoder_width,
        decoder_layers=shape.decoder_layers,
        decoder_attention_heads=shape.decoder_width // HEAD_SIZE,
        decoder_ffn_dim=4 * shape.decoder_width,
        cross_attention_hidden_size=shape.width,
        max_position_embeddings=_POSITIONS,
        activation_function="relu",
        scale_embedding=True,
        dropout=0.0,
        decoder_start_token_id=EOS,
        bos_token_id=BOS,
        pad_token_id=PAD,
        eos_token_id=EOS,
    )
    config: Any = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = EOS, PAD, EOS
    config.vocab_size = VOCABULARY_SIZE
    return cast(VisionEncoderDecoderConfig, config)


class Recognizer(nn.Module):
    """The network that is trained; `trocr` inside it is what ships."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.trocr: Any = VisionEncoderDecoderModel(config=configuration(shape))
        self.trocr.encoder.pooler = None
        # The fused kernel's backward takes a third of the time of a step on CPU, its result is the same.
        self.trocr.encoder.config._attn_implementation = "eager"
        self.dense = nn.Linear(shape.width, VOCABULARY_SIZE)
        self.position = nn.Linear(shape.width, MAX_CHARACTERS + 1)
        generation: Any = self.trocr.generation_config
        generation.decoder_start_token_id, generation.bos_token_id = EOS, BOS
        generation.pad_token_id, generation.eos_token_id = PAD, EOS
        generation.max_length, generation.num_beams = MAX_CHARACTERS + 2, 1
        initialize(self)

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 32, 4 T) of uint8 -> states (B, 1 + T, width); the first is the class token's.

        Positions are sliced to the width at hand; `ViTModel` itself accepts the full width only.
        """
        encoder: Any = self.trocr.encoder
        pixels = (images.float() / 127.5 - 1)[:, None]
        columns = encoder.embeddings.patch_embeddings.projection(pixels).flatten(2).transpose(1, 2)
        first = encoder.embeddings.cls_token.expand(len(images), -1, -1).to(columns.dtype)
        states = torch.cat([first, columns], dim=1)
        states = states + encoder.embeddings.position_embeddings[:, : states.shape[1]]
        return cast(Tensor, encoder.layernorm(encoder.encoder(states).last_hidden_state))

    def decode(self, states: Tensor, tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Tokens (B, L) -> logits (B, L, vocabulary) and per layer cross-attention (B, heads, L, 1 + T)."""
        output = self.trocr.decoder(
            input_ids=tokens, encoder_hidden_states=states, output_attentions=True, use_cache=False
        )
        return output.logits, output.cross_attentions

    @torch.inference_mode()
    def write(self, states: Tensor, most: int = MAX_CHARACTERS + 1) -> list[list[int]]:
        """Greedy decoding of states (B, 1 + T, width); token ids of each line, `EOS` among them."""
        tokens = torch.full((len(states), 1), EOS, device=states.device)
        ended = torch.zeros(len(states), dtype=torch.bool, device=states.device)
        past, written = None, []
        for _ in range(most):
            output = self.trocr.decoder(
                input_ids=tokens, encoder_hidden_states=states, past_key_values=past, use_cache=True
            )
            past, tokens = output.past_key_values, output.logits[:, -1:].argmax(-1)
            written.append(tokens)
            ended |= tokens[:, 0] == EOS
            if ended.all():
                break
        return torch.cat(written, dim=1).tolist()


def initialize(recognizer: Recognizer) -> None:
    """Xavier weights, sine positions in a sub-space kept for them, narrow residual branches."""
    encoder: Any = recognizer.trocr.encoder
    decoder: Any = recognizer.trocr.decoder.model.decoder
    shape = recognizer.shape
    for name, weight in recognizer.named_parameters():
        if weight.dim() == 2 and "embed" not in name and "output_projection" not in name:
            nn.init.xavier_uniform_(weight)
    for layer in encoder.encoder.layer:
        for branch in (layer.attention.output.dense, layer.output.dense):
            branch.weight.data.mul_(1.5 / math.sqrt(2 * shape.layers))
    nn.init.normal_(encoder.embeddings.patch_embeddings.projection.weight, std=1 / math.sqrt(HEIGHT_PX * COLUMN_PX))
    table = encoder.embeddings.position_embeddings.data
    table.zero_()
    table[0, 1:, :HEAD_SIZE] = 1.2 * sines(table.shape[1] - 1, HEAD_SIZE, 3.0, 160.0)
    positions = decoder.embed_positions.weight
    positions.data = 0.25 * sines(len(positions), shape.decoder_width, 2.5, 130.0)
    nn.init.normal_(decoder.embed_tokens.weight, std=0.02)


def sines(count: int, width: int, shortest: float, longest: float) -> Tensor:
    """Sine and cosine pairs (count, width), wavelengths from `shortest` to `longest` positions."""
    pairs = width // 2
    frequency = 2 * math.pi / (shortest * (longest / shortest) ** (torch.arange(pairs) / (pairs - 1)))
    angle = torch.arange(count)[:, None] * frequency
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


def save(recognizer: Recognizer, folder: Path) -> None:
    """Write a checkpoint that transformers loads, its training heads and its alphabet beside it."""
    recognizer.trocr.save_pretrained(folder)
    heads = {f"dense.{name}": value for name, value in recognizer.dense.state_dict().items()}
    heads |= {f"position.{name}": value for name, value in recognizer.position.state_dict().items()}
    save_file({name: value.contiguous() for name, value in heads.items()}, folder / AUXILIARY)
    alphabet = {"characters": ALPHABET, "first_id": VOCABULARY_SIZE - len(ALPHABET), "bos": BOS, "pad": PAD, "eos": EOS}
    (folder / "charset.json").write_text(json.dumps(alphabet, ensure_ascii=False) + "\n", encoding="utf-8")


def load(folder: Path) -> Recognizer:
    """Read what `save` wrote."""
    config = VisionEncoderDecoderConfig.from_pretrained(folder)
    shape = Shape(
        config.encoder.hidden_size,
        config.encoder.num_hidden_layers,
        config.decoder.d_model,
        config.decoder.decoder_layers,
    )
    recognizer = Recognizer(shape)
    state = load_file(folder / "model.safetensors")
    state.setdefault("decoder.output_projection.weight", state["decoder.model.decoder.embed_tokens.weight"])
    recognizer.trocr.load_state_dict(state)
    heads = load_file(folder / AUXILIARY)
    for name, head in (("dense", recognizer.dense), ("position", recognizer.position)):
        head.load_state_dict({key: heads[f"{name}.{key}"] for key in head.state_dict()})
    return recognizer
