"""The columns of every results table, in one place; `analysis.results` writes and reads them.

Beside a `value` stands what chance gives (`chance`) and, where it means something, a 95 % interval
(`low`, `high`) or a p-value.
"""

ALL_LAYERS = -1
"""What stands in the column `layer` of a row that is about all layers together."""
ALL = "all"
"""What stands for a concept, a language or a pair of languages in a row about all of them."""
NONE = "none"
"""What stands for the language of what belongs to no language, or to several."""
MEAN = "mean"
"""What stands in the column `language` of the mean over languages of what each has alone."""

TABLES: dict[str, dict[str, tuple[str, str]]] = {
    "heldout": {
        "step": ("int64", "training step of the checkpoint"),
        "language": ("str", "code, or 'mean': the unweighted mean over languages"),
        "metric": ("str", "bits_per_byte (UTF-8 bytes of the text) or bits_per_token"),
        "value": ("float64", "bits of all documents over their bytes or tokens"),
        "chance": ("float64", "what a uniform guess over the vocabulary costs"),
        "low": ("float64", "lower end of the interval, bootstrap over documents"),
        "high": ("float64", "upper end of that interval"),
        "tokens": ("int64", "tokens scored"),
        "bytes": ("int64", "UTF-8 bytes scored"),
        "documents": ("int64", "documents scored"),
    },
    "probing": {
        "step": ("int64", "training step of the checkpoint"),
        "depth": ("int64", "0 the embeddings, d the residual stream after block d"),
        "seed": ("int64", "probe seed: documents split and tokens drawn anew"),
        "task": ("str", "language, or control: labels drawn at random for each token type"),
        "language": ("str", "'all', or a code: then value is that language's recall"),
        "metric": ("str", "accuracy (share of the test tokens) or log_loss (nats)"),
        "value": ("float64", "on the test tokens"),
        "chance": (
            "float64",
            "what the shares of the labels in the train part give: accuracy of always saying the "
            "largest; log_loss of the shares as probabilities; by code its share",
        ),
        "low": (
            "float64",
            "lower end of the interval, bootstrap over each language's test documents; NaN by code",
        ),
        "high": ("float64", "upper end of that interval"),
        "tokens": ("int64", "test tokens"),
        "converged": ("bool", "whether the probe's fit converged"),
    },
    "experts": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept"),
        "language": ("str", "code"),
        "layer": ("int64", "transformer block, from 0"),
        "module": ("str", "linear layer, in transformers' naming"),
        "unit": ("int64", "output of that layer, from 0"),
        "rank": ("int64", "place among the concept's experts in this language, from 0"),
        "ap": (
            "float64",
            "average precision on the sentences that experts are chosen on: among the highest of "
            "all units', so above `chance` even where no unit knows the concept",
        ),
        "chance": (
            "float64",
            "mean average precision of one random order of those sentences; not what the best of "
            "many units reach by chance",
        ),
        "ap_test": ("float64", "average precision on held-out sentences, which chose nothing"),
        "chance_test": (
            "float64",
            "mean average precision of a random order of the held-out sentences: chance of ap_test",
        ),
        "p_value": (
            "float64",
            "share of all units' average precisions under permuted labels that are as high as "
            "`ap`; near 1 for experts from the low end; NaN without permutations",
        ),
        "q_value": (
            "float64",
            "rate of false discoveries among all units as high (Benjamini-Hochberg over the units "
            "of the concept and language); NaN without permutations",
        ),
        "forced": ("float64", "median response over the positives: the value that steering forces"),
        "positives_p90": ("float64", "90th percentile of the responses over the positives"),
        "negatives_mean": ("float64", "mean response over the negatives"),
    },
    "samples": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept"),
        "language": ("str", "code"),
        "positives": ("int64", "sentences with the concept that experts are chosen on"),
        "negatives": ("int64", "sentences without it that experts are chosen on"),
        "chance": ("float64", "mean average precision of a random order of both"),
        "positives_test": ("int64", "held-out sentences with the concept"),
        "negatives_test": ("int64", "held-out sentences without it"),
        "chance_test": ("float64", "mean average precision of a random order of both"),
        "left_out": ("int64", "sentences of the language that are too long"),
        "units": ("int64", "units of the model, which experts are chosen among"),
        "discoveries": ("float64", "units with a q-value of at most 0.05, experts or not"),
        "null_max": (
            "float64",
            "highest average precision of all units under permuted labels, mean over permutations: "
            "the chance level of the best expert",
        ),
        "p_value": (
            "float64",
            "share of permutations, and the labels as they are, whose highest average precision is "
            "as high as the best expert's; NaN without permutations, as the two before",
        ),
    },
    "overlap": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept, or 'all': the mean over concepts"),
        "language_a": ("str", "code, or 'all': the mean over pairs of languages"),
        "language_b": ("str", "code, or 'all'"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "top": (
            "int64",
            "experts chosen, the best so many of each language: the largest in the table is all k; "
            "smaller ones have rows for all layers and concepts together only",
        ),
        "k": ("float64", "experts of one language there, mean of both languages"),
        "value": ("float64", "units that are experts in both languages"),
        "chance": ("float64", "their expected number for two random sets: a b / N"),
        "ratio": ("float64", "value / chance"),
        "other_concepts": (
            "float64",
            "units that experts of a concept in one language share with experts of a different one "
            "in the other: mean over both ways and the different ones; NaN with one concept",
        ),
        "low": ("float64", "lower end of value's interval, bootstrap over concepts; NaN for one"),
        "high": ("float64", "upper end of that interval"),
        "excess": ("float64", "value - other_concepts: what goes with the concept"),
        "excess_low": ("float64", "lower end of its interval, bootstrap over concepts"),
        "excess_high": ("float64", "upper end of that interval"),
        "p_value": (
            "float64",
            "probability of value or more for random sets: takes units as exchangeable, which "
            "other_concepts does not, and is too small where they are not",
        ),
        "highest": (
            "float64",
            "share of the bootstrap draws over concepts in which the layer's ratio is the highest: "
            "1 where the concepts leave no doubt. A layer with few experts has an unsteady ratio "
            "and comes out more often than it would with many. NaN for all layers, and a concept",
        ),
    },
    "families": {
        "step": ("int64", "training step of the checkpoint"),
        "relation": ("str", "within: both languages are of one family; between: of two families"),
        "family_a": ("str", "family (a code: of that language alone), or 'all': all such pairs"),
        "family_b": ("str", "the same family for the relation within; or 'all'"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "top": ("int64", "experts chosen, as in the table `overlap`"),
        "k": ("float64", "experts of one language there, mean of both and over pairs"),
        "value": (
            "float64",
            "units that are experts of a concept in both languages: of a concept the mean over the "
            "pairs of languages, of these the mean over concepts",
        ),
        "chance": ("float64", "their expected number for two random sets: a b / N"),
        "ratio": ("float64", "value / chance"),
        "other_concepts": ("float64", "the same of experts of different concepts, as in `overlap`"),
        "low": ("float64", "lower end of value's interval, bootstrap over concepts; NaN for one"),
        "high": ("float64", "upper end of that interval"),
        "excess": ("float64", "value - other_concepts: what goes with the concept"),
        "excess_low": ("float64", "lower end of its interval, bootstrap over concepts"),
        "excess_high": ("float64", "upper end of that interval"),
        "p_value": (
            "float64",
            "probability of value or more for random sets, of more than two languages "
            "approximately; takes units as exchangeable, as in `overlap`",
        ),
    },
    "lape": {
        "step": ("int64", "training step of the checkpoint"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "language": ("str", "code, or 'all': each neuron once"),
        "metric": (
            "str",
            "language_neurons (lape.share of all neurons, of lowest entropy), below_null (neurons "
            "whose entropy is so low that shuffled documents give just that share), entropy_mean, "
            "or a quantile of the entropies, entropy_q01 to entropy_q90",
        ),
        "value": ("float64", "neurons; of entropies nats, over the neurons that fire"),
        "chance": ("float64", "its mean with the documents shuffled over the languages"),
        "low": (
            "float64",
            "lower end of the interval, bootstrap over each language's documents; NaN where a "
            "language has only one",
        ),
        "high": ("float64", "upper end of that interval"),
        "neurons": ("int64", "neurons of the layer: value is a share of these"),
        "tokens": ("int64", "tokens of each language"),
    },
    "language_neurons": {
        "step": ("int64", "training step of the checkpoint"),
        "layer": ("int64", "transformer block, from 0"),
        "module": (
            "str",
            "linear layer whose output, past the non-linearity, is the neuron (in a gated MLP the "
            "gate), in transformers' naming; module and unit join it to the table `experts`",
        ),
        "unit": ("int64", "output of that layer, from 0"),
        "language": ("str", "where it fires most"),
        "languages": ("str", "codes of the languages it belongs to, spaces between them"),
        "entropy": ("float64", "of its activation probabilities over the languages, nats"),
        "below_null": ("bool", "whether it is among those of the metric below_null"),
        "probability": ("float64", "share of the tokens of `language` at which it fires"),
        "probability_elsewhere": ("float64", "mean share of the other languages' tokens"),
    },
    "lens": {
        "step": ("int64", "training step of the checkpoint"),
        "depth": (
            "int64",
            "0 the embeddings, d the residual stream after block d; at the last one the lens is "
            "the model's own prediction",
        ),
        "language": ("str", "code of the text that is read"),
        "predicted": (
            "str",
            "code of the language whose own tokens are meant (lens.purity), or 'none': tokens that "
            "several languages use or that are too rare to tell",
        ),
        "value": (
            "float64",
            "probability of the next token being one of these, by the final norm and the head on "
            "the state of this depth: mean over tokens read",
        ),
        "chance": (
            "float64",
            "mean value at this depth over the texts of all languages but `predicted`: what the "
            "depth gives these tokens without reading their language",
        ),
        "uniform": ("float64", "their share of the vocabulary: what a uniform guess gives"),
        "text": ("float64", "their share of the tokens read: what a perfect reader gives"),
        "low": (
            "float64",
            "lower end of value's interval, bootstrap over the language's documents; NaN for one",
        ),
        "high": ("float64", "upper end of that interval"),
        "tokens": ("int64", "tokens of the text that are read"),
        "documents": ("int64", "documents that they are drawn from"),
    },
    "deactivation": {
        "step": ("int64", "training step of the checkpoint"),
        "neurons_of": ("str", "code of the language whose neurons are set to zero"),
        "language": ("str", "code of the text that is scored"),
        "value": (
            "float64",
            "bits per byte of the text that this adds, on other documents than those that chose "
            "the neurons",
        ),
        "chance": (
            "float64",
            "the same of as many random neurons of each layer, mean over draws",
        ),
        "low": (
            "float64",
            "lower end of value's interval, bootstrap over the documents scored; NaN for one",
        ),
        "high": ("float64", "upper end of that interval"),
        "bits_per_byte": ("float64", "what the text costs the whole model"),
        "neurons": ("int64", "neurons set to zero; with none nothing changes"),
        "tokens": ("int64", "tokens scored"),
        "documents": ("int64", "documents scored"),
    },
    "steering_texts": {
        "step": ("int64", "training step of the checkpoint"),
        "source_language": ("str", "code: whose experts or sentences; 'all' without forcing"),
        "concept": ("str", "concept; 'all' without forcing"),
        "forcing": (
            "str",
            "what was forced: experts, none, random (as many units of the same layers) or shuffled "
            "(experts of labels that were permuted)",
        ),
        "k": ("int64", "units that were forced; 0 without forcing"),
        "factor": ("float64", "multiple of the preset's value they were held at; 0 without"),
        "seed": ("int64", "of the draws of its tokens"),
        "text": ("str", "what the model wrote, special tokens left out"),
        "tokens": ("int64", "its tokens"),
        "ended": ("bool", "whether the model ended it, rather than the longest length"),
        "language": ("str", "code that the identifier gives it, or 'short' or 'mixed'"),
        "confidence": ("float64", "probability of its likeliest language among the run's"),
        "mentions": (
            "str",
            "codes of the languages whose words for the concept stand in it, spaces between them",
        ),
        "repeated": ("float64", "share of its pieces of eight characters that stood there before"),
        "nats": ("float64", "what it costs the model without any forcing"),
        "start": ("str", "token that the model was given to begin with"),
    },
    "steering": {
        "step": ("int64", "training step of the checkpoint"),
        "source_language": ("str", "code: whose experts or sentences; 'all' without forcing"),
        "concept": ("str", "concept, or 'all': the mean over concepts"),
        "forcing": ("str", "experts, none, random or shuffled, as in steering_texts"),
        "k": ("int64", "units that were forced; 0 without forcing"),
        "factor": ("float64", "multiple of the preset's value they were held at; 0 without"),
        "metric": (
            "str",
            "language_share (of the texts), about (share of the texts in which a word of the "
            "concept stands, of a language or of any), word_log_probability (of a document that "
            "begins with a word of the concept: nats more than without forcing), repetition, "
            "nats_per_token (of the model without forcing: ln of the perplexity), or, on held-out "
            "text, identifier_wrong, identifier_short, identifier_mixed (shares of its snippets)",
        ),
        "language": ("str", "code, 'short', 'mixed', or 'all' where it is about no single one"),
        "value": ("float64", "share, nats, or mean over texts"),
        "chance": ("float64", "the same without forcing, with the same seeds; NaN on held-out"),
        "low": (
            "float64",
            "lower end of the interval, bootstrap over concepts and seeds, of one concept over "
            "seeds, of word_log_probability over concepts (NaN of one), on held-out over "
            "documents. A share of 0 or 1 has one of no width: draws show nothing that no text did",
        ),
        "high": ("float64", "upper end of that interval"),
        "difference": (
            "float64",
            "value less chance: what forcing changes; NaN without forcing, as all that follow",
        ),
        "difference_low": (
            "float64",
            "lower end of its interval, bootstrap as for low: the same concepts and seeds are "
            "drawn for both, which is why it is not what two intervals side by side suggest",
        ),
        "difference_high": ("float64", "upper end of that interval"),
        "over_random": (
            "float64",
            "value less that of as many random units of the same layers at the same factor; NaN "
            "but for experts of the k that has controls",
        ),
        "over_random_low": ("float64", "lower end of its interval, as of difference"),
        "over_random_high": ("float64", "upper end of that interval"),
        "over_shuffled": ("float64", "value less that of experts of shuffled labels, likewise"),
        "over_shuffled_low": ("float64", "lower end of its interval, as of difference"),
        "over_shuffled_high": ("float64", "upper end of that interval"),
        "texts": ("int64", "texts or snippets; 0 where none was written"),
    },
    "kept": {
        "step": ("int64", "training step of the checkpoint"),
        "since": ("str", "earlier step compared with: first, or previous of the steps analysed"),
        "since_step": ("int64", "that step"),
        "concept": ("str", "concept, or 'all': the mean over concepts"),
        "language": ("str", "code, or 'mean': the unweighted mean over languages"),
        "k": ("float64", "experts at either step"),
        "value": ("float64", "experts of the earlier step that are experts still"),
        "chance": ("float64", "their expected number for two random sets: k^2 / units"),
        "ratio": ("float64", "value / chance"),
        "low": ("float64", "lower end of value's interval, bootstrap over concepts; NaN for one"),
        "high": ("float64", "upper end of that interval"),
        "replaced": ("float64", "experts lost since, and as many gained: k - value"),
    },
    "division": {
        "step": ("int64", "training step of the checkpoint"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "experts": (
            "str",
            "which of the MLP's neurons: shared (expert of one concept in several languages), "
            "single (expert, but never so), any (both kinds), each neuron once; own (experts of a "
            "concept in `language`) or other (in another language), mean over concepts",
        ),
        "language": ("str", "whose language neurons: a code, 'all', or 'mean': over languages"),
        "neurons": ("int64", "neurons of the MLPs there, which the other columns are about"),
        "k": ("float64", "experts of that kind among them"),
        "language_neurons": ("float64", "language neurons among them"),
        "value": ("float64", "neurons that are both"),
        "chance": ("float64", "of random sets: k language_neurons / neurons"),
        "ratio": ("float64", "value / chance"),
        "low": (
            "float64",
            "lower end of value's interval, bootstrap over concepts; NaN where each neuron counts "
            "once, for then no concept is a sample",
        ),
        "high": ("float64", "upper end of that interval"),
        "p_value": (
            "float64",
            "probability of value or more for random sets: takes neurons as exchangeable; NaN for "
            "own and other, whose concepts share neurons",
        ),
    },
}  # fmt: skip
"""Columns of every table: type, and meaning with unit."""


def columns(table: str) -> list[str]:
    """Columns that an analysis gives a table, in their order: all but `step`, added on writing."""
    return [name for name in TABLES[table] if name != "step"]
