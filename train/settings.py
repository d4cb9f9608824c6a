"""Settings of the model and of its training."""

from dataclasses import dataclass
from typing import Literal

from transformers import XGLMConfig

from analysis.errors import UserError


@dataclass(frozen=True)
class Shape:
    """Shape of the model, in the names of `transformers.XGLMConfig`; defaults are the study's."""

    vocab_size: int = 256_008
    """Size of the vocabulary; the tokenizer must have the same."""

    d_model: int = 512
    """Width of the residual stream."""

    ffn_dim: int = 4096
    """Width of the feed-forward layers."""

    num_layers: int = 24
    """Number of blocks."""

    attention_heads: int = 16
    """Attention heads; they divide `d_model`."""

    max_position_embeddings: int = 2048
    """Longest sequence."""

    dropout: float = 0.1
    """Dropout on embeddings and on what is added to the residual stream."""

    attention_dropout: float = 0.1
    """Dropout on attention weights."""

    activation_dropout: float = 0.0
    """Dropout inside the feed-forward layers."""

    def config(self) -> XGLMConfig:
        """The transformers configuration of this shape."""
        return XGLMConfig(
            vocab_size=self.vocab_size,
            d_model=self.d_model,
            ffn_dim=self.ffn_dim,
            num_layers=self.num_layers,
            attention_heads=self.attention_heads,
            max_position_embeddings=self.max_position_embeddings,
            dropout=self.dropout,
            attention_dropout=self.attention_dropout,
            activation_dropout=self.activation_dropout,
            architectures=["XGLMForCausalLM"],
        )


@dataclass(frozen=True)
class OptimizerSettings:
    """AdamW with warm-up and decay."""

    lr: float = 7.5e-4
    """Highest learning rate."""

    betas: tuple[float, float] = (0.9, 0.98)
    """Decay of the running moments."""

    eps: float = 1e-8
    """Added to the denominator."""

    weight_decay: float = 0.01
    """Decay of matrices; biases and layer norms do not decay."""

    warmup_steps: int = 2000
    """Steps on which the learning rate rises to the highest."""

    decay: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate falls from there to the last step."""

    final_share: float = 0.1
    """Share of the highest learning rate that is left at the last step."""

    clip: float = 1.0
    """Longest gradient: a longer one is scaled down to it."""

    def __post_init__(self) -> None:
        for name in ("lr", "clip"):
            if getattr(self, name) <= 0:
                raise UserError(
                    f"{name} is {getattr(self, name)}",
                    where="model.optimizer",
                    fix="it must be > 0",
                )
        if self.warmup_steps < 0:
            raise UserError(
                f"warmup_steps is {self.warmup_steps}",
                where="model.optimizer",
                fix="use 0 for none",
            )
