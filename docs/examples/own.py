"""What the other examples take as given: a group's own tokenizer, text, and shape of model."""

from pathlib import Path

from transformers import LlamaConfig, set_seed

from analysis.settings import AnalysisSettings, ExpertSettings
from analysis.text.demo.corpus import DemoSource
from analysis.text.heldout import write_held_out
from tokenizer.train import train_tokenizer

RUN = Path("runs/elsewhere")
HELDOUT = RUN / "heldout.parquet"
BLOCK = 64

set_seed(0)
texts = {language: list(DemoSource(stories=100).documents(language)) for language in ("en", "es")}
write_held_out(HELDOUT, {language: stories[:20] for language, stories in texts.items()})
training = [story for stories in texts.values() for story in stories[20:]]
tokenizer = train_tokenizer(training, vocab_size=600)
ids = [token for story in training for token in tokenizer(story)["input_ids"]]
blocks = [ids[start : start + BLOCK] for start in range(0, len(ids) - BLOCK + 1, BLOCK)]
shape = LlamaConfig(
    vocab_size=len(tokenizer),
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    bos_token_id=tokenizer.bos_token_id,
    eos_token_id=tokenizer.eos_token_id,
)
# The built-in concepts; few experts and no permutations, so that it takes seconds.
settings = AnalysisSettings(concepts="demo", experts=ExpertSettings(k=20, permutations=0))
