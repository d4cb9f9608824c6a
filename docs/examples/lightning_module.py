"""One's own LightningModule that is watched: `python docs/examples/lightning_module.py`."""

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.loggers import CSVLogger
from own import HELDOUT, RUN, blocks, settings, shape, tokenizer
from transformers import AutoModelForCausalLM

from callbacks.elsewhere import Watch
from callbacks.schedule import Schedule


class Own(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.decoder = AutoModelForCausalLM.from_config(shape)

    def training_step(self, batch: torch.Tensor) -> torch.Tensor:
        return self.decoder(input_ids=batch, labels=batch).loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


watch = Watch(RUN, tokenizer, HELDOUT, settings, Schedule(powers_of_two=False, every=2))
watching = watch.callbacks(lambda module: module.decoder)
trainer = Trainer(max_steps=4, callbacks=watching, logger=CSVLogger(RUN), log_every_n_steps=2)
trainer.fit(Own(), torch.utils.data.DataLoader(torch.tensor(blocks), batch_size=8))
