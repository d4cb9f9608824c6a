"""The LightningModule: one step of pretraining, its optimiser, and the model for transformers.

Shapes: B sequences, T positions, D model width.
"""

from typing import Any, Literal, cast

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.fsdp import fully_shard
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from analysis.seeds import derive, torch_stream
from callbacks.checkpoint import Export
from train.cut_loss import cut_cross_entropy
from train.finite import Updates, spread
from train.loss import IGNORED, chunked_cross_entropy
from train.model import XGLM
from train.schedule import learning_rate_share
from train.settings import OptimizerSettings, Shape
from train.strategies import whole


class Pretraining(LightningModule):
    """Next-token prediction on packed blocks.

    Args:
        shape: The model's shape.
        optimizer: Optimiser and learning rate.
        loss: `chunked`, or `cut` for cut cross-entropy (a GPU and a package that is not installed
            by default).
        loss_chunk_mb: Memory for the logits that exist at one time, in MiB, in the chunked loss.
        compile: Whether the decoder and what lies between the products of the chunked loss are
            compiled (`torch.compile`): minutes at the start, then faster.
        seed: Seed of the weights and of dropout.

    """

    def __init__(
        self,
        shape: Shape = Shape(),  # noqa: B008 (frozen, so shared safely)
        optimizer: OptimizerSettings = OptimizerSettings(),  # noqa: B008
        loss: Literal["chunked", "cut"] = "chunked",
        loss_chunk_mb: int = 256,
        compile: bool = False,  # noqa: A002 (the name users know)
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.optimizer_settings = optimizer
        self.loss = loss
        self.loss_chunk_mb = loss_chunk_mb
        self.compiled = compile
        self.seed = seed
        self.network = XGLM(shape.config())
        self.network.initialise(torch_stream(seed, "train/weights"))
        self._updates = Updates()
        self._losses: list[Tensor] = []  # of the batches of the step under way
        self._norm = torch.zeros(())

    def configure_model(self) -> None:
        """Spread the weights over the processes where the trainer's strategy wants it (FSDP2).

        What is compiled is so in place (the weights keep their names) and as one graph, or not at
        all: an error says where it would break.
        """
        decoder = self.network.model
        parts: list[nn.Module] = [decoder]
        if self.device_mesh is not None:
            mesh = self.device_mesh["data_parallel"]
            for layer in decoder.layers:
                fully_shard(layer, mesh=mesh)
            # With embeddings and head, which stay whole from forward to backward: the loss needs
            # them.
            fully_shard(self.network, mesh=mesh, reshard_after_forward=False)
            parts = list(decoder.layers)  # each gathers its weights, which is in no graph
        for part in parts if self.compiled else ():
            part.compile(fullgraph=True, dynamic=False)

    def on_train_batch_start(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        """Seed dropout: its masks are a pure function of (seed, batch, rank), as a resume needs."""
        torch.manual_seed(derive(self.seed, "train/dropout", batch_idx, self.global_rank) >> 1)

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        """Mean loss in nats of predicting each token of the blocks from those before it."""
        tokens_BT = batch["input_ids"]
        hidden_BTD = self.network(tokens_BT)
        targets_BT = nn.functional.pad(tokens_BT[:, 1:], (0, 1), value=IGNORED)
        inputs = hidden_BTD.flatten(0, 1), self.network.lm_head.weight, targets_BT.flatten()
        if self.loss == "cut":
            loss = cut_cross_entropy(*inputs)
        else:
            loss = chunked_cross_entropy(
                *inputs, chunk_mb=self.loss_chunk_mb, compiled=self.compiled
            )
        self._losses.append(loss.detach())
        return spread(loss)

    def configure_optimizers(self) -> Any:  # noqa: ANN401 (Lightning's union of a dozen forms)
        """AdamW; matrices decay, biases and layer norms do not."""
        settings = self.optimizer_settings
        parameters = list(self.network.parameters())
        optimizer = AdamW(
            [
                {
                    "params": [p for p in parameters if p.ndim >= 2],
                    "weight_decay": settings.weight_decay,
                },
                {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
            ],
            lr=settings.lr,
            betas=settings.betas,
            eps=settings.eps,
            fused=True,
        )
        last = self.trainer.max_steps
        schedule = LambdaLR(optimizer, lambda step: learning_rate_share(step, last, settings))
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the gradient; one that is not finite does not reach the weights."""
        parameters = list(self.network.parameters())
        gradients = [p.grad for p in parameters if p.grad is not None]
        norm = whole(nn.utils.get_total_norm(gradients))
        nn.utils.clip_grads_with_norm_(parameters, self.optimizer_settings.clip, norm)
        self._norm = norm
        self._updates.judge(self.global_step + 1, torch.stack(self._losses).mean(), norm)
        self._losses = []
        cast(Any, optimizer).found_inf = self._updates.refused

    def gradient_norm(self) -> float:
        """Norm of the latest gradient before clipping.

        Waits for the device; raises `UserError` naming a step whose gradient was not finite.
        """
        self._updates.check()
        return float(self._norm)

    def on_train_start(self) -> None:
        """Set the learning rate of the next update, a function of its number and the last."""
        share = learning_rate_share(
            self.global_step, self.trainer.max_steps, self.optimizer_settings
        )
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.optimizer_settings.lr * share

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Raises `UserError`, so that nothing is written, after a gradient that was not finite."""
        self._updates.check()

    def on_train_end(self) -> None:
        """Raises `UserError` after a gradient that was not finite, should nobody have looked."""
        self._updates.check()

    def export(self) -> Export:
        """The model as transformers' `XGLMForCausalLM`: the tied head is not written twice.

        All processes call it; the weights come together in the first, the others have none. Raises
        `UserError` naming a step whose gradient was not finite.
        """
        self._updates.check()
        whole_on_cpu = StateDictOptions(full_state_dict=True, cpu_offload=True)
        state: Any = get_model_state_dict(self.network.model, options=whole_on_cpu)
        weights = {f"model.{name}": value.contiguous() for name, value in state.items()}
        return Export(self.network.config, weights)
