"""Times a batch of texts of realistic lengths: Tessera, sentence-transformers, and the runtimes.

    lengths.py --model visualized-bge-base [--precision float32] [--texts 256] [--rounds 3]

Lengths are log-normal, 8 to 400 tokens with a median of 60 (`tessera bench --workload
"lengths 256"`). Tessera packs batches without padding, as `encode` does. The others sort by length and
pad batches of 32: sentence-transformers by itself, through its `encode` with the words and all, the
runtimes on sequences that are embedded already.
"""

import argparse
import gc
import math
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from engines import PEERS, Inputs, engine
from models import Model, numbers
from peers import common_options
from timing import Milliseconds, Row, compare, repeated, save, table, tessera

BATCH = 32
REFERENCE = "sentence-transformers"


def realistic_lengths(count: int) -> list[int]:
    """Those of `tessera bench`: quantiles of the log-normal distribution, mixed."""
    normal = statistics.NormalDist()
    quantiles = [(7919 * i % count + 0.5) / count for i in range(count)]
    lengths = [60 * math.exp(0.8 * normal.inv_cdf(q)) for q in quantiles]
    return [math.floor(min(max(length, 8), 400) + 0.5) for length in lengths]


def padded_batches(lengths: list[int], width: int) -> list[Inputs]:
    ordered = sorted(lengths, reverse=True)
    batches = []
    for start in range(0, len(ordered), BATCH):
        part = np.array(ordered[start : start + BATCH])
        mask = (np.arange(part[0]) < part[:, None]).astype(np.int64)
        batches.append({"x": numbers(len(part), int(part[0]), width), "mask": mask})
    return batches


def runtime(peer: str, model: Model, lengths: list[int], precision: str,
            options: argparse.Namespace) -> Milliseconds:
    run = engine(peer, model.masked_text(), precision, options.threads)
    batches = padded_batches(lengths, model.width)

    def encode() -> None:
        for batch in batches:
            run(batch)

    return repeated(encode, options.seconds, options.repetitions)


def sentence_transformers(folder: Path, model: Model, lengths: list[int], precision: str,
                          options: argparse.Namespace) -> Milliseconds:
    import sentence_transformers as library

    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(folder / name, scratch)
        if model.text_config["model_type"] == "bert":
            encoder = BertModel(BertConfig(**model.text_config))
        else:
            encoder = XLMRobertaModel(XLMRobertaConfig(**model.text_config))
        encoder.save_pretrained(scratch)
        transformer = library.models.Transformer(scratch, max_seq_length=512)
    pooling = library.models.Pooling(model.width, pooling_mode="cls")
    encoder = library.SentenceTransformer(
        modules=[transformer, pooling, library.models.Normalize()], device="cpu")
    if precision == "bfloat16":
        encoder.bfloat16()
    # One token a word, and two special ones.
    texts = [" ".join(["the"] * (length - 2)) for length in lengths]
    counts = [len(ids) for ids in encoder.tokenizer(texts)["input_ids"]]
    if counts != lengths:
        sys.exit("the tokenizer makes other lengths of the texts than it should")
    return repeated(
        lambda: encoder.encode(texts, batch_size=BATCH, show_progress_bar=False,
                               convert_to_tensor=True),
        options.seconds, options.repetitions)


def measure(folder: Path, precision: str, options: argparse.Namespace) -> Row:
    model = Model(folder, options.cache)
    lengths = realistic_lengths(options.texts)
    workload = f"lengths {options.texts}"
    ask = tessera(options.tessera, folder, workload, precision, options.threads, options.seconds,
                  options.repetitions)

    def ours() -> float:
        said = ask()
        tokens = said["tokens_per_second"] * said["median_ms"] / 1000
        if round(tokens) != sum(lengths):
            sys.exit(f"Tessera encoded {tokens:.0f} tokens, the others {sum(lengths)}")
        return said["median_ms"]

    peers = {peer: runtime(peer, model, lengths, precision, options)
             for peer in PEERS[precision] if peer != "PyTorch"}
    if "PyTorch" in PEERS[precision]:
        peers[REFERENCE] = sentence_transformers(folder, model, lengths, precision, options)
    return compare(model.name, workload, precision, ours, peers, options.rounds)


def main() -> None:
    parser = common_options(__doc__)
    parser.set_defaults(rounds=3, repetitions=1)
    parser.add_argument("--texts", type=int, default=256)
    options = parser.parse_args()
    rows: list[Row] = []
    for folder in options.model:
        for precision in options.precision or list(PEERS):
            rows.append(measure(folder, precision, options))
            save(rows, options.json)
            gc.collect()
    print(table(rows))


if __name__ == "__main__":
    main()
