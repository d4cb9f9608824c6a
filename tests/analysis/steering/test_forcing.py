"""Forced units of each family, against the model's own linear layers with rows overwritten."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from analysis.activations.units import find_units
from analysis.steering.forcing import Forcing, forced
from tests.analysis.activations.tiny import CONFIGS, VOCABULARY, tiny_model

IDS_BT = torch.randint(4, VOCABULARY, (4, 7), generator=torch.Generator().manual_seed(0))


def forcing(model: PreTrainedModel, seed: int, units: int = 9) -> Forcing:
    """Units drawn from all layers, at values that no unit would take by itself."""
    rng = np.random.default_rng(seed)
    groups = find_units(model)
    every = [(group.module, unit) for group in groups for unit in range(group.width)]
    chosen = [every[place] for place in rng.permutation(len(every))[:units]]
    return Forcing(
        np.array([module for module, _ in chosen], dtype=object),
        np.array([unit for _, unit in chosen]),
        rng.normal(scale=5, size=units),
    )


def outputs(model: PreTrainedModel, ids_BT: Tensor) -> dict[str, Tensor]:
    """(B, T, W) of every linear layer, and the logits, as the model has them."""
    seen: dict[str, Tensor] = {}
    handles = []
    for group in find_units(model):

        def keep(_: Any, __: Any, output: Tensor, name: str = group.module) -> None:
            seen[name] = output.detach().reshape(*ids_BT.shape, -1).clone()

        handles.append(model.get_submodule(group.module).register_forward_hook(keep))
    with torch.no_grad():
        seen["logits"] = model(ids_BT).logits
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("family", CONFIGS)
def test_each_row_has_its_own_units_held_at_all_positions(family: str) -> None:
    model = tiny_model(family)
    shared = forcing(model, 1)
    mine = [shared, None, forcing(model, 2), shared]
    with forced(model, mine):
        together = outputs(model, IDS_BT)
    free = outputs(model, IDS_BT)
    for row, one in enumerate(mine):
        if one is None:
            torch.testing.assert_close(together["logits"][row], free["logits"][row])
            continue
        for module, unit, value in zip(one.modules, one.units, one.values, strict=True):
            held_T = together[str(module)][row, :, unit]
            assert (held_T == torch.tensor(value, dtype=torch.float32)).all()
        with forced(model, [one]):
            alone = outputs(model, IDS_BT[row : row + 1])
        for name, output_TW in alone.items():
            torch.testing.assert_close(together[name][row], output_TW[0], rtol=1e-4, atol=1e-4)
        assert (together["logits"][row] - free["logits"][row]).abs().max() > 0.1


@pytest.mark.parametrize("family", CONFIGS)
def test_nothing_is_left_behind_even_after_a_crash(family: str) -> None:
    model = tiny_model(family)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    with torch.no_grad():
        logits = model(IDS_BT).logits
    last = model.get_submodule(find_units(model)[-1].module)

    def crash(*_: Any) -> None:
        raise RuntimeError("in the middle")

    handle = last.register_forward_hook(crash)
    with pytest.raises(RuntimeError, match="middle"), forced(model, [forcing(model, 1, 60)] * 4):
        model(IDS_BT)
    handle.remove()
    assert not any(module._forward_hooks for module in model.modules())
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name]), name
    with torch.no_grad():
        assert torch.equal(model(IDS_BT).logits, logits)


def test_a_unit_held_twice_and_a_batch_of_another_size_are_faults() -> None:
    model = tiny_model()
    one = forcing(model, 1)
    parts = one.modules, one.units, one.values
    twice = Forcing(*(np.concatenate([part, part]) for part in parts))
    with pytest.raises(AssertionError, match="twice"), forced(model, [twice]):
        pass
    with pytest.raises(AssertionError), forced(model, [one, one]):
        model(IDS_BT)
