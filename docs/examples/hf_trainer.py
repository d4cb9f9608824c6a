"""A pretraining by transformers' Trainer that is watched: `python docs/examples/hf_trainer.py`."""

from own import HELDOUT, RUN, blocks, settings, shape, tokenizer
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

from callbacks.elsewhere import Watch
from callbacks.hf_trainer import TrainerAnalyses
from callbacks.schedule import Schedule

trainer = Trainer(
    AutoModelForCausalLM.from_config(shape),
    TrainingArguments(str(RUN / "trainer"), max_steps=4, logging_steps=2, report_to="none"),
    train_dataset=[{"input_ids": block, "labels": block} for block in blocks],
)
watch = Watch(RUN, tokenizer, HELDOUT, settings, Schedule(powers_of_two=False, every=2))
trainer.add_callback(TrainerAnalyses(trainer, watch))
trainer.train()
