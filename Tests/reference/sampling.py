"""Writes Tests/EmbeddersTests/Cases/sampling.json: what transformers leaves of scores, setting by
setting, and which tokens may still be drawn.
"""
import itertools
import json
import pathlib

import torch
from transformers import GenerationConfig
from transformers.generation.logits_process import (
    LogitsProcessorList, MinPLogitsWarper, NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper)

OUT = pathlib.Path(__file__).parents[1] / "EmbeddersTests" / "Cases" / "sampling.json"
assert GenerationConfig._get_default_generation_params()["top_k"] == 50


def main():
    torch.manual_seed(3)
    cases = []
    ids = [1, 5, 5, 60, 2, 5]
    for temperature, k, p, min_p, penalty in itertools.product(
            (1.0, 0.7, 2.5), (0, 1, 20), (1.0, 0.9, 0.3), (None, 0.05, 0.5), (1.0, 1.3)):
        if len(cases) % 5 == 0:
            scores = (torch.randn(1, 64) * 3).round(decimals=3)
            scores[0, 7] = scores[0, 9]
        processors = LogitsProcessorList()
        if penalty != 1:
            processors.append(RepetitionPenaltyLogitsProcessor(penalty))
        processors.append(NoRepeatNGramLogitsProcessor(2))
        if temperature != 1:
            processors.append(TemperatureLogitsWarper(temperature))
        if k:
            processors.append(TopKLogitsWarper(k))
        if p < 1:
            processors.append(TopPLogitsWarper(p))
        if min_p is not None:
            processors.append(MinPLogitsWarper(min_p))
        left = processors(torch.tensor([ids]), scores.clone())[0]
        kept = [i for i in range(64) if left[i] > -torch.inf]
        cases.append({
            "scores": [round(x, 3) for x in scores[0].tolist()], "temperature": temperature, "top_k": k, "top_p": p, "min_p": min_p,
            "repetition_penalty": penalty, "kept": kept, "left": [round(left[i].item(), 5) for i in kept]})
    cases = cases[::3]
    text = json.dumps({"ids": ids, "no_repeat_ngram_size": 2, "cases": cases}, separators=(",", ":"))
    OUT.write_text(text.replace('},{', '},\n{') + "\n")


main()
