"""XGLM (Lin et al., EMNLP 2022, arXiv 2112.10668), with fused attention and transformers' names.

Shapes: B sequences, T positions, D model width, H heads, K head width, F feed-forward width.

Weights carry the names of `transformers.XGLMForCausalLM`, so a checkpoint of one is a checkpoint
of the other; in fp32 the logits are equal to 1e-5. What differs is speed: attention is PyTorch's
scaled-dot-product kernel, and the model returns hidden states, so that the loss can meet the
vocabulary in pieces (`train/loss.py`).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import XGLMConfig

from analysis.errors import UserError

POSITION_OFFSET = 2
"""XGLM's first position; row 1 of its position table, the padding's, is never used here."""


class XGLM(nn.Module):
    """The whole decoder. `forward` maps token ids (B, T) to normed hidden states (B, T, D).

    Raises `UserError` for a configuration that XGLM as published does not have.
    """

    def __init__(self, config: XGLMConfig) -> None:
        super().__init__()
        _check(config)
        self.config = config
        self.model = Decoder(config)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, tokens_BT: Tensor) -> Tensor:
        """Hidden states after the final layer norm, (B, T, D); logits are `lm_head` of them."""
        hidden: Tensor = self.model(tokens_BT)
        return hidden

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """Draw fresh weights as transformers does: normal(0, `init_std`), biases and padding zero.

        Draws on the CPU in the order of the parameters, so that they depend on nothing but the
        generator.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear) and module is not self.lm_head:
                _draw(module.weight, self.config.init_std, generator)
                module.bias.zero_()
            elif isinstance(module, nn.Embedding):
                _draw(module.weight, self.config.init_std, generator)
                module.weight[self.config.pad_token_id].zero_()
            elif isinstance(module, nn.LayerNorm):
                module.weight.fill_(1.0)
                module.bias.zero_()


def _check(config: XGLMConfig) -> None:
    fixed = {
        "activation_function": "gelu",
        "layerdrop": 0.0,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
    }
    for key, value in fixed.items():
        if getattr(config, key) != value:
            raise UserError(
                f"{key} is {getattr(config, key)!r}", where="model", fix=f"use {value!r}"
            )
    if config.d_model % config.attention_heads:
        raise UserError(
            f"d_model {config.d_model} does not divide among {config.attention_heads} heads",
            where="model",
            fix="choose a multiple",
        )


def _draw(weight: Tensor, std: float, generator: torch.Generator) -> None:
    weight.copy_(torch.empty(weight.shape).normal_(0.0, std, generator=generator))


class Decoder(nn.Module):
    """Embeddings, blocks and the final layer norm."""

    positions: Tensor

    def __init__(self, config: XGLMConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.embed_scale = math.sqrt(config.d_model) if config.scale_embedding else 1.0
        self.embed_tokens = nn.Embedding(config.vocab_size, config.d_model, config.pad_token_id)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_layers))
        self.layer_norm = nn.LayerNorm(config.d_model)
        table = sinusoids(config.max_position_embeddings + POSITION_OFFSET, config.d_model)
        self.register_buffer("positions", table[POSITION_OFFSET:], persistent=False)

    def forward(self, tokens_BT: Tensor) -> Tensor:
        """Token ids (B, T) to hidden states (B, T, D)."""
        table = self.embed_tokens
        embedded_BTD = functional.embedding(
            tokens_BT,
            table.weight,
            table.padding_idx,
            # The few rows go straight into the head's gradient, which has all of them: another
            # gradient of the table's size costs a sixth of a short step on a CPU. (A GPU adds
            # sparse rows in no fixed order, and the compiler knows none.)
            sparse=tokens_BT.is_cpu and not torch.compiler.is_compiling(),
        )
        positions_TD = self.positions[: tokens_BT.shape[1]]
        hidden_BTD = embedded_BTD * self.embed_scale + positions_TD
        hidden_BTD = functional.dropout(hidden_BTD, self.dropout, self.training)
        for layer in self.layers:
            hidden_BTD = layer(hidden_BTD)
        normed_BTD: Tensor = self.layer_norm(hidden_BTD)
        return normed_BTD


class Block(nn.Module):
    """Pre-norm attention and feed-forward, each added to the residual stream."""

    def __init__(self, config: XGLMConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.activation_dropout = config.activation_dropout
        self.self_attn = Attention(config)
        self.self_attn_layer_norm = nn.LayerNorm(config.d_model)
        self.fc1 = nn.Linear(config.d_model, config.ffn_dim)
        self.fc2 = nn.Linear(config.ffn_dim, config.d_model)
        self.final_layer_norm = nn.LayerNorm(config.d_model)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Residual stream to residual stream, (B, T, D)."""
        mixed_BTD = self.self_attn(self.self_attn_layer_norm(hidden_BTD))
        hidden_BTD = hidden_BTD + functional.dropout(mixed_BTD, self.dropout, self.training)
        inner_BTF = functional.gelu(self.fc1(self.final_layer_norm(hidden_BTD)))
        inner_BTF = functional.dropout(inner_BTF, self.activation_dropout, self.training)
        mixed_BTD = functional.dropout(self.fc2(inner_BTF), self.dropout, self.training)
        return hidden_BTD + mixed_BTD


class Attention(nn.Module):
    """Causal multi-head self-attention."""

    def __init__(self, config: XGLMConfig) -> None:
        super().__init__()
        self.heads = config.attention_heads
        self.dropout = config.attention_dropout
        self.q_proj = nn.Linear(config.d_model, config.d_model)
        self.k_proj = nn.Linear(config.d_model, config.d_model)
        self.v_proj = nn.Linear(config.d_model, config.d_model)
        self.out_proj = nn.Linear(config.d_model, config.d_model)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        mixed_BHTK = functional.scaled_dot_product_attention(
            self._split(self.q_proj(hidden_BTD)),
            self._split(self.k_proj(hidden_BTD)),
            self._split(self.v_proj(hidden_BTD)),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=True,
        )
        mixed_BTD: Tensor = self.out_proj(mixed_BHTK.transpose(1, 2).flatten(2))
        return mixed_BTD

    def _split(self, states_BTD: Tensor) -> Tensor:
        batch, length, width = states_BTD.shape
        return states_BTD.view(batch, length, self.heads, width // self.heads).transpose(1, 2)


def sinusoids(positions: int, width: int) -> Tensor:
    """Sinusoidal position table (positions, width), sines in the first half, cosines in the second.

    After Vaswani et al. 2017, with the frequencies 10000^(-i / (width / 2 - 1)) that XGLM uses.
    """
    half = width // 2
    rate = torch.exp(torch.arange(half) * -(math.log(10_000) / (half - 1)))
    angles = torch.arange(positions)[:, None] * rate[None, :]
    table = torch.cat([angles.sin(), angles.cos()], dim=1)
    return functional.pad(table, (0, width % 2))
