"""Writes a small random EuroBERT as a sentence encoder, and what transformers says of it.

python eurobert.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens: the tokenizer is that of
zoo/llama3-chat, with tokens around a text as EuroBERT has them.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import EuroBertConfig, EuroBertForMaskedLM, PreTrainedTokenizerFast

from recording import TEXTS, Recorder, disturb, halves, write_modules

goldens, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(61)

file = json.loads((goldens / "zoo/llama3-chat/tokenizer.json").read_text())
words = file["model"]["vocab"]
special = {token["content"]: token["id"] for token in file["added_tokens"]}
first, last = list(special)[:2]
file["post_processor"] = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": first, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
               {"SpecialToken": {"id": last, "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {token: {"id": token, "ids": [special[token]], "tokens": [token]}
                       for token in (first, last)}}
(out / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False))
(out / "tokenizer_config.json").write_text(json.dumps(
    {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": first, "eos_token": last,
     "pad_token": last, "model_max_length": 96, "clean_up_tokenization_spaces": False}, indent=1))
tokenizer = PreTrainedTokenizerFast.from_pretrained(out)

config = EuroBertConfig(
    vocab_size=max([*words.values(), *special.values()]) + 1, hidden_size=32, intermediate_size=48,
    num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512,
    rope_parameters={"rope_type": "default", "rope_theta": 250000.0}, bos_token_id=special[first],
    eos_token_id=special[last], pad_token_id=special[last], mask_token_id=special[last])
config.architectures = ["EuroBertForMaskedLM"]
masked = EuroBertForMaskedLM(config).eval()
disturb(masked)
config.save_pretrained(out)
# As the published checkpoint has it, with its head.
save_file(halves(masked.state_dict()), out / "model.safetensors")
write_modules(out, pooling="mean_tokens", is_normalizing=False)

recorder = Recorder(out, "EuroBERT/EuroBERT-210m")
names = ["model.embed_tokens", "model.layers.0.input_layernorm", "model.layers.0.self_attn.q_proj",
         "model.layers.0.self_attn.v_proj", "model.layers.0.self_attn",
         "model.layers.0.post_attention_layernorm", "model.layers.0.mlp.act_fn", "model.layers.0.mlp",
         "model.layers.0", "model.layers.1", "model.norm"]
watched = {name: module for name, module in masked.named_modules() if name in names}
assert len(watched) == len(names)
with torch.no_grad():
    for text in TEXTS:
        ids = tokenizer(text.strip(), truncation=True)["input_ids"]
        handles = recorder.watch(watched) if text == TEXTS[1] else []
        hidden = masked.model(torch.tensor([ids])).last_hidden_state
        for handle in handles:
            handle.remove()
        recorder.add({"text": text, "ids": ids}, hidden.mean(1), is_normalizing=False)
recorder.write(1)
