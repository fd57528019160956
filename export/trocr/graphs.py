"""The two networks that are exported: an encoder that looks at a line once, and a step of the decoder.

B lines, S encoder tokens, P tokens written so far, N tokens that are new, h heads of size d. Both compute in the type
of their weights (float32, or float16 after `.half()`); pixels, logits, attention and probabilities keep theirs.

Keys leave the encoder transposed and queries scaled, so that a step is two small products a layer. Queries, keys
and values come from one product each, which quantizes better and runs faster than three.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn


class Product(nn.Module):
    """`x @ weight + bias`, stored as ONNX and its quantizer want it: (inputs, outputs)."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().t().clone(memory_format=torch.contiguous_format))
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        product = x @ self.weight
        return product if self.bias is None else product + self.bias


def joined(parts: Sequence[tuple[nn.Linear, float]]) -> Product:
    """One product for several linear layers of the same input, each scaled."""
    weights = [part.weight * scale for part, scale in parts]
    biases = [
        part.weight.new_zeros(part.out_features) if part.bias is None else part.bias * scale for part, scale in parts
    ]
    return Product(torch.cat(weights), torch.cat(biases))


class Patches(nn.Module):
    """Pixels (B, H, W) or (B, H, W, channels) of uint8 -> patches (B, n, width), row by row, as a product."""

    mean: Tensor
    std: Tensor

    def __init__(self, projection: nn.Conv2d, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        height, width = cast(tuple[int, int], projection.kernel_size)
        self.height, self.width, self.channels = height, width, projection.in_channels
        self.product = Product(projection.weight.permute(0, 2, 3, 1).flatten(1), projection.bias)
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalise, cut, project."""
        count, rows, columns = pixels.shape[0], pixels.shape[1] // self.height, pixels.shape[2] // self.width
        values = pixels.reshape(count, rows, self.height, columns, self.width, self.channels)
        values = (values.to(self.product.weight.dtype) / 255 - self.mean) / self.std
        return cast(Tensor, self.product(values.permute(0, 1, 3, 2, 4, 5).reshape(count, rows * columns, -1)))


class EncoderLayer(nn.Module):
    """A pre-norm layer of ViT or DeiT, whose modules have the same names."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        attention = layer.attention.attention
        self.heads = attention.num_attention_heads
        self.size = attention.attention_head_size
        self.queries_keys_values = joined(
            [(attention.query, self.size**-0.5), (attention.key, 1.0), (attention.value, 1.0)]
        )
        output = layer.attention.output.dense
        self.attended = Product(output.weight, output.bias)
        self.widen = Product(layer.intermediate.dense.weight, layer.intermediate.dense.bias)
        self.narrow = Product(layer.output.dense.weight, layer.output.dense.bias)
        self.activation = layer.intermediate.intermediate_act_fn
        self.before, self.after = layer.layernorm_before, layer.layernorm_after

    def forward(self, states: Tensor) -> Tensor:
        """(B, S, width) -> (B, S, width)."""
        mixed = self.queries_keys_values(self.before(states))
        query, key, value = mixed.unflatten(-1, (3, self.heads, self.size)).permute(2, 0, 3, 1, 4).unbind()
        weights = torch.softmax(query @ key.transpose(-1, -2), -1)
        states = states + self.attended((weights @ value).transpose(1, 2).flatten(2))
        return states + cast(Tensor, self.narrow(self.activation(self.widen(self.after(states)))))


class VisionEncoder(nn.Module):
    """ViT or DeiT. Positions are sliced, so that a network of columns takes any width up to its window."""

    def __init__(self, encoder: Any, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        embeddings = encoder.embeddings
        self.patches = Patches(embeddings.patch_embeddings.projection, mean, std)
        first = [embeddings.cls_token, getattr(embeddings, "distillation_token", None)]
        self.first = nn.Parameter(torch.cat([token for token in first if token is not None], dim=1).detach())
        self.positions = nn.Parameter(embeddings.position_embeddings.detach())
        self.layers = nn.ModuleList([EncoderLayer(layer) for layer in encoder.encoder.layer])
        self.last = encoder.layernorm

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels of uint8 -> states (B, S, width)."""
        patches = self.patches(pixels)
        states = torch.cat([self.first.expand(patches.shape[0], -1, -1), patches], dim=1)
        states = states + self.positions[:, : states.shape[1]]
        for layer in self.layers:
            states = layer(states)
        return cast(Tensor, self.last(states))


class LineEncoder(nn.Module):
    """Pixels -> what the decoder looks at, for all its layers; with a dense head also what each column shows."""

    def __init__(self, model: Any, mean: Sequence[float], std: Sequence[float], dense: nn.Linear | None) -> None:
        super().__init__()
        self.vision = VisionEncoder(model.encoder, mean, std)
        self.bridge = getattr(model, "enc_to_dec_proj", None)
        attentions = [layer.encoder_attn for layer in model.decoder.model.decoder.layers]
        self.layers, self.heads, self.size = len(attentions), attentions[0].num_heads, attentions[0].head_dim
        self.keys_values = joined([(part, 1.0) for each in attentions for part in (each.k_proj, each.v_proj)])
        self.dense = None if dense is None else Product(dense.weight, dense.bias)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """-> per layer key (B, h, d, S) and value (B, h, S, d); then column tokens and probabilities (B, T)."""
        states = self.vision(pixels)
        bridged = states if self.bridge is None else self.bridge(states)
        mixed = self.keys_values(bridged).unflatten(-1, (2 * self.layers, self.heads, self.size))
        found: list[Tensor] = []
        for key, value in zip(*mixed.permute(2, 0, 3, 1, 4).unflatten(0, (-1, 2)).unbind(1), strict=True):
            found += [key.transpose(-1, -2), value]
        if self.dense is not None:
            probabilities = torch.softmax(self.dense(states[:, self.vision.first.shape[1] :]).float(), -1)
            highest, tokens = probabilities.max(-1)
            found += [tokens.to(torch.int32), highest]
        return tuple(found)


class Positions(nn.Module):
    """Embeds the index of a token, as either kind of TrOCR does: a learned table, or sines that skip padding."""

    def __init__(self, embedding: Any) -> None:
        super().__init__()
        self.padding = getattr(embedding, "padding_idx", None) if hasattr(embedding, "weights") else None
        table = embedding.weights if self.padding is not None else embedding.weight[embedding.offset :]
        self.table = nn.Parameter(table.detach().clone())

    def forward(self, position: Tensor, token: Tensor) -> Tensor:
        """Positions and tokens (B, N) -> (B, N, width)."""
        if self.padding is None:
            return self.table[position]
        return self.table[torch.where(token == self.padding, self.padding, position + self.padding + 1)]


class DecoderLayer(nn.Module):
    """A post-norm layer of TrOCR, for the next tokens of each line."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        own, cross = layer.self_attn, layer.encoder_attn
        self.heads, self.size = own.num_heads, own.head_dim
        self.query_key_value = joined([(own.q_proj, own.scaling), (own.k_proj, 1.0), (own.v_proj, 1.0)])
        self.attended = Product(own.out_proj.weight, own.out_proj.bias)
        self.query = joined([(cross.q_proj, cross.scaling)])
        self.looked = Product(cross.out_proj.weight, cross.out_proj.bias)
        self.widen = Product(layer.fc1.weight, layer.fc1.bias)
        self.narrow = Product(layer.fc2.weight, layer.fc2.bias)
        self.activation = layer.activation_fn
        self.after_own, self.after_cross = layer.self_attn_layer_norm, layer.encoder_attn_layer_norm
        self.last = layer.final_layer_norm

    def forward(
        self,
        state: Tensor,
        is_later: Tensor,
        cross_key: Tensor,
        cross_value: Tensor,
        past_key: Tensor,
        past_value: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """State (B, N, width) and which tokens come after which (B, 1, N, P + N).

        -> state, attention over the line (B, h, N, S), key and value with these tokens'.
        """
        query, key, value = self.query_key_value(state).unflatten(-1, (3, self.heads, self.size)).unbind(2)
        key = torch.cat([past_key, key.permute(0, 2, 3, 1)], dim=3)
        value = torch.cat([past_value, value.transpose(1, 2)], dim=2)
        scores = torch.where(is_later, -torch.inf, query.transpose(1, 2) @ key)
        weights = torch.softmax(scores, -1)
        state = self.after_own(state + self.attended((weights @ value).transpose(1, 2).flatten(2)))
        query = self.query(state).unflatten(-1, (self.heads, self.size)).transpose(1, 2)
        attention = torch.softmax(query @ cross_key, -1)
        state = self.after_cross(state + self.looked((attention @ cross_value).transpose(1, 2).flatten(2)))
        return self.last(state + self.narrow(self.activation(self.widen(state)))), attention, key, value


class DecoderStep(nn.Module):
    """The next N tokens of each line in, the scores of what follows each of them out; the head's weights are its own.

    One token a step writes a line; a whole text in one step tells what the decoder would have written after each
    beginning of it.
    """

    def __init__(self, decoder: Any, guided_heads: int) -> None:
        """`guided_heads`: how many heads of the last layer tell where the line is being read."""
        super().__init__()
        inner = decoder.model.decoder
        # The scale is kept apart: the reference multiplies after the lookup, and so must we to be exact.
        self.scale = math.sqrt(decoder.config.d_model) if decoder.config.scale_embedding else 1.0
        self.tokens = nn.Parameter(inner.embed_tokens.weight.detach().clone())
        self.positions = Positions(inner.embed_positions)
        self.first = inner.layernorm_embedding
        self.layers = nn.ModuleList([DecoderLayer(layer) for layer in inner.layers])
        self.head = Product(decoder.output_projection.weight, decoder.output_projection.bias)
        self.guided_heads = guided_heads

    def forward(self, token: Tensor, position: Tensor, *memory: Tensor) -> tuple[Tensor, ...]:
        """Token and position (B, N); per layer cross key and value, then per layer past key and value.

        -> logits (B, N, V), attention (B, N, S), per layer key (B, h, d, P + N) and value (B, h, P + N, d).
        """
        state = self.tokens[token] * self.scale + self.positions(position, token)
        state = state if self.first is None else self.first(state)
        half, grown = len(memory) // 2, []
        written = torch.arange(memory[half].shape[3] + token.shape[1], device=token.device)
        is_later = written > position[:, None, :, None]
        attention = state
        for index, layer in enumerate(self.layers):
            there = slice(2 * index, 2 * index + 2)
            state, attention, key, value = layer(state, is_later, *memory[:half][there], *memory[half:][there])
            grown += [key, value]
        looked = attention[:, : self.guided_heads].float().mean(1)
        return self.head(state).float(), looked, *grown
