"""What given tokens cost a model, without the logits of a batch ever standing whole.

The base model gives the states of a batch; the head is applied to some rows of them at a time.

Shapes: B windows, T positions, H hidden size, R predictions of a batch, C of them at a time.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

from analysis.tokens import Batch, Ids


def batch_nats(
    model: PreTrainedModel,
    head: nn.Linear,
    batch: Batch,
    targets: Sequence[Ids],
    chunk_rows: int,
) -> npt.NDArray[np.float64]:
    """Costs (R,) in nats of the tokens that follow those of the batch, window after window.

    `targets[w]` are those of window w in the list that the batch was made of, one for each of its
    tokens. `chunk_rows` rows of logits exist at a time. The caller sees to it that no gradient is
    kept.
    """
    mask_BT = batch.mask_BT.to(model.device)
    states_BTH = model.base_model(
        input_ids=batch.ids_BT.to(model.device), attention_mask=mask_BT, use_cache=False
    ).last_hidden_state
    states_RH = states_BTH[mask_BT.bool()]
    target_R = torch.from_numpy(np.concatenate([targets[window] for window in batch.windows]))
    target_R = target_R.to(model.device)
    nats_R = torch.cat(
        [
            functional.cross_entropy(head(states_CH).float(), target_C, reduction="none")
            for states_CH, target_C in zip(
                states_RH.split(chunk_rows), target_R.split(chunk_rows), strict=True
            )
        ]
    )
    return nats_R.double().cpu().numpy()
