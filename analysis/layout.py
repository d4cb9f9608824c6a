"""Names of files and folders that several parts write and read, each in this one place.

<run>/config.yaml              the whole configuration of a run
<run>/checkpoints/step-...     its checkpoints; results lie beside them (`analysis.results`)
<data>/heldout.parquet         held-out documents of prepared data (`analysis.text.heldout`)
<data>/concepts/               concept set built from the data's text (`analysis.concepts.build`)
"""

CONFIG = "config.yaml"
CHECKPOINTS = "checkpoints"
HELD_OUT = "heldout.parquet"
CONCEPT_SET = "concepts"

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "vocab.json",
    "vocab.txt",
)
"""Files one of which every saved Hugging Face tokenizer has."""
