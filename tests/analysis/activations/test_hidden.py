"""States by depth against transformers' own hidden states, for each family of decoders."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
    XGLMConfig,
    XGLMForCausalLM,
)

from analysis.activations.hidden import decoder_blocks, hidden_states
from analysis.errors import UserError
from tests.analysis.tiny import tiny_xglm

V, LAYERS, WIDTH = 50, 3, 16
LLAMA: dict[str, Any] = {
    "vocab_size": V,
    "hidden_size": WIDTH,
    "intermediate_size": 24,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.2,
}
FAMILIES: dict[str, tuple[Callable[[], PreTrainedModel], str]] = {
    "xglm": (
        lambda: XGLMForCausalLM(
            XGLMConfig(
                vocab_size=V,
                d_model=WIDTH,
                ffn_dim=24,
                num_layers=LAYERS,
                attention_heads=4,
                init_std=0.2,
            )
        ),
        "layer_norm",
    ),
    "gpt2": (
        lambda: GPT2LMHeadModel(
            GPT2Config(vocab_size=V, n_embd=WIDTH, n_layer=LAYERS, n_head=4, initializer_range=0.2)
        ),
        "ln_f",
    ),
    "gpt_neox": (
        lambda: GPTNeoXForCausalLM(
            GPTNeoXConfig(
                vocab_size=V,
                hidden_size=WIDTH,
                intermediate_size=24,
                num_hidden_layers=LAYERS,
                num_attention_heads=4,
                initializer_range=0.2,
            )
        ),
        "final_layer_norm",
    ),
    "bloom": (
        lambda: BloomForCausalLM(
            BloomConfig(
                vocab_size=V, hidden_size=WIDTH, n_layer=LAYERS, n_head=4, initializer_range=0.2
            )
        ),
        "ln_f",
    ),
    "opt": (
        lambda: OPTForCausalLM(
            OPTConfig(
                vocab_size=V,
                hidden_size=WIDTH,
                word_embed_proj_dim=WIDTH,
                ffn_dim=24,
                num_hidden_layers=LAYERS,
                num_attention_heads=4,
                init_std=0.2,
            )
        ),
        "decoder.final_layer_norm",
    ),
    "llama": (lambda: LlamaForCausalLM(LlamaConfig(**LLAMA)), "norm"),
    "mistral": (lambda: MistralForCausalLM(MistralConfig(**LLAMA)), "norm"),
    "qwen2": (lambda: Qwen2ForCausalLM(Qwen2Config(**LLAMA)), "norm"),
}
LENGTHS = (5, 12, 1, 9, 12)


def _windows() -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    rng = np.random.default_rng(0)
    return [rng.integers(4, V, size=length) for length in LENGTHS]


def _all_places() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Every token of every window, in an order that mixes windows."""
    pairs = np.array([(w, p) for w, length in enumerate(LENGTHS) for p in range(length)])
    pairs = np.random.default_rng(1).permutation(pairs)
    return pairs[:, 0], pairs[:, 1]


@pytest.mark.parametrize("family", FAMILIES)
def test_states_are_those_of_transformers(family: str) -> None:
    build, norm_name = FAMILIES[family]
    torch.manual_seed(0)
    model = build().eval()
    norm = model.base_model.get_submodule(norm_name)
    with torch.no_grad():  # a norm that does something shows whether the last depth has it or not
        for parameter in norm.parameters():
            parameter.uniform_(0.5, 2)
    windows = _windows()
    window_N, position_N = _all_places()
    states = hidden_states(model, windows, window_N, position_N, batch_tokens=30)
    assert states.shape == (LAYERS + 1, sum(LENGTHS), WIDTH)
    assert states.dtype == np.float32
    for number, window in enumerate(windows):
        with torch.no_grad():
            theirs = model(torch.tensor(window)[None], output_hidden_states=True).hidden_states
        own = window_N == number
        for depth in range(LAYERS):
            np.testing.assert_allclose(
                states[depth, own], theirs[depth][0, position_N[own]].numpy(), rtol=1e-4, atol=2e-5
            )
        last = torch.from_numpy(states[LAYERS, own])
        with torch.no_grad():
            normed = norm(last)
        expected = theirs[LAYERS][0, position_N[own]]
        torch.testing.assert_close(normed, expected, rtol=1e-4, atol=2e-5)
        assert not torch.allclose(last, expected, atol=1e-2)


@pytest.mark.parametrize("batch_tokens", [1, 7, 24, 1000])
def test_batch_size_does_not_matter(batch_tokens: int) -> None:
    model = tiny_xglm(V)
    arguments = (_windows(), *_all_places())
    reference = hidden_states(model, *arguments, batch_tokens=12)
    states = hidden_states(model, *arguments, batch_tokens=batch_tokens)
    np.testing.assert_allclose(states, reference, rtol=1e-4, atol=1e-5)


def test_neither_head_nor_unneeded_tokens_are_computed() -> None:
    model = tiny_xglm(V)
    head = model.get_output_embeddings()
    assert head is not None
    calls: list[int] = []
    head.register_forward_hook(lambda *_: calls.append(-1))
    decoder_blocks(model)[0].register_forward_hook(
        lambda _, args, __: calls.append(args[0].shape[0] * args[0].shape[1])
    )
    hidden_states(model, _windows(), np.array([1, 1]), np.array([3, 0]), batch_tokens=100)
    assert calls == [4]  # window 1 alone, up to its place 3


def test_the_model_is_left_as_it_was_even_after_a_failure() -> None:
    model = tiny_xglm(V)
    block = decoder_blocks(model)[1]
    arguments = (_windows(), *_all_places())
    torch_state, numpy_state = torch.get_rng_state(), str(np.random.get_state())  # noqa: NPY002
    hidden_states(model, *arguments, batch_tokens=12)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert str(np.random.get_state()) == numpy_state  # noqa: NPY002

    def explode(*_: object) -> None:
        raise RuntimeError("planted")

    handle = block.register_forward_pre_hook(explode)
    with pytest.raises(RuntimeError, match="planted"):
        hidden_states(model, *arguments, batch_tokens=12)
    handle.remove()
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
    loss = model(torch.tensor([[5, 6, 7]]), labels=torch.tensor([[5, 6, 7]])).loss
    loss.backward()


def test_states_that_are_not_finite_are_the_users_to_mend() -> None:
    model = tiny_xglm(V)
    with torch.no_grad():
        decoder_blocks(model)[1].get_submodule("fc2").bias[3] = float("nan")  # type: ignore[operator]
    with pytest.raises(UserError, match="depth 2 are not finite"):
        hidden_states(model, _windows(), *_all_places(), batch_tokens=12)


def test_a_model_in_training_mode_is_refused() -> None:
    with pytest.raises(AssertionError, match="training mode"):
        hidden_states(tiny_xglm(V).train(), _windows(), *_all_places(), batch_tokens=12)


def test_what_is_not_a_decoder_is_refused() -> None:
    config = T5Config(vocab_size=V, d_model=8, d_kv=4, d_ff=8, num_layers=2, num_heads=2)
    with pytest.raises(UserError, match="has an encoder"):
        decoder_blocks(T5ForConditionalGeneration(config))
    model = tiny_xglm(V)
    model.base_model.layers = nn.ModuleList([*decoder_blocks(model), nn.Identity()])
    with pytest.raises(UserError, match="no list of 2 blocks"):
        decoder_blocks(model)


def test_out_of_memory_names_the_setting_that_halves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_xglm()

    def fail(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model.base_model, "forward", fail)
    one = np.zeros(1, dtype=np.int64)
    told = r"^probing.batch_tokens: .* states were read; 32 instead of 64 halves"
    with pytest.raises(UserError, match=told):
        hidden_states(model, [np.arange(4)], one, one, batch_tokens=64)
    modules = model.modules()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in modules)
