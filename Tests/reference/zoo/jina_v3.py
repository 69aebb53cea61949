"""Writes small random jina-embeddings-v3 in both layouts, and what they are to say.

python jina_v3.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens: makes OUT/jina-v3, with the names of
the model's own code and the weights of five tasks, and OUT/jina-v3-transformers, as transformers saves it.
The layers are transformers' `JinaEmbeddingsV3Model`. What a task adds is written here after Hu et al.,
"LoRA", and the names and shapes that two readers of the published checkpoint agree on: W + s·B·A for a
linear layer, W + s·A·B for a table, s being alpha over the rank. The tokenizer is that of zoo/jina-v2.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoTokenizer, JinaEmbeddingsV3Config, JinaEmbeddingsV3Model

from recording import TEXTS, Recorder, copy_tokenizer, disturb, halves, write_modules

goldens, out = map(pathlib.Path, sys.argv[1:])
torch.manual_seed(73)
RANK, ALPHA = 4, 1
TASKS = {"retrieval.query": "Represent the query for retrieving evidence documents: ",
         "retrieval.passage": "Represent the document for retrieval: ",
         "separation": "", "classification": "", "text-matching": ""}
LIMIT = 96
tokenizer = AutoTokenizer.from_pretrained(goldens / "zoo/jina-v2")
config = JinaEmbeddingsV3Config(
    vocab_size=448, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
    max_position_embeddings=512)
model = JinaEmbeddingsV3Model(config).eval()
disturb(model)

# transformers' modules, by the names that their weights have in checkpoints.
STORED = {"embeddings.LayerNorm": "emb_ln", "layers": "encoder.layers", "self_attn.o_proj": "mixer.out_proj",
          "self_attn": "mixer", "post_attention_layernorm": "norm1", "post_mlp_layernorm": "norm2"}


def stored_name(name):
    for own, stored in STORED.items():
        name = name.replace(own, stored)
    return name


WATCHED = {stored_name(name): module for name, module in model.named_modules()
           if name == "embeddings.LayerNorm" or name in ("layers.0", "layers.1")
           or name.startswith("layers.0.") and not name.endswith(("dropout", "q_proj", "k_proj", "v_proj"))}


def encoded(words, recorder, is_watched=False, prefix=""):
    ids = tokenizer(words.strip(), truncation=True, max_length=LIMIT)["input_ids"]
    handles = recorder.watch({prefix + name: module for name, module in WATCHED.items()}) \
        if is_watched else []
    hidden = model(torch.tensor([ids])).last_hidden_state
    for handle in handles:
        handle.remove()
    return ids, hidden.mean(1)


@torch.no_grad()
def transformers_layout(folder):
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    save_file(halves(load_file(folder / "model.safetensors")), folder / "model.safetensors")
    copy_tokenizer(goldens / "zoo/jina-v2", folder)
    write_modules(folder, pooling="mean_tokens", limit=LIMIT)
    recorder = Recorder(folder, "jinaai/jina-embeddings-v3-hf")
    for text in TEXTS:
        ids, vector = encoded(text, recorder, is_watched=text == TEXTS[1])
        recorder.add({"text": text, "ids": ids}, vector)
    recorder.write(1)


@torch.no_grad()
def own_layout(folder, stored):
    folder.mkdir(parents=True, exist_ok=True)
    adapted = {stored_name(name): module for name, module in model.named_modules()
               if isinstance(module, (nn.Linear, nn.Embedding))
               and not name.endswith(("q_proj", "k_proj", "v_proj"))}
    tables = {name for name, module in adapted.items() if isinstance(module, nn.Embedding)}
    names = [name.removesuffix(".weight") for name, tensor in stored.items() if tensor.dim() == 2]
    tensors = {f"roberta.{name}": tensor for name, tensor in stored.items() if tensor.dim() == 1}
    added = {}
    for name in names:
        weight = stored[f"{name}.weight"]
        rows, columns = weight.shape
        first, second = ((rows, RANK), (RANK, columns)) if name in tables \
            else ((RANK, columns), (rows, RANK))
        # Numbers that half precision has.
        a, b = ((torch.randn(len(TASKS), *shape) * 0.5).half().float() for shape in (first, second))
        module = f"roberta.{name}.parametrizations.weight"
        tensors |= {f"{module}.original": weight, f"{module}.0.lora_A": a, f"{module}.0.lora_B": b}
        added[name] = (a @ b if name in tables else b @ a) * (ALPHA / RANK)
    save_file(halves(tensors), folder / "model.safetensors")

    own_config = json.loads((folder.parent / "jina-v3-transformers/config.json").read_text())
    for key in ("rope_parameters", "transformers_version", "tie_word_embeddings", "dtype"):
        own_config.pop(key)
    code = "jinaai/xlm-roberta-flash-implementation"
    (folder / "config.json").write_text(json.dumps(own_config | {
        "model_type": "xlm-roberta", "architectures": ["XLMRobertaLoRA"], "auto_map": {
            "AutoConfig": f"{code}--configuration_xlm_roberta.XLMRobertaFlashConfig",
            "AutoModel": f"{code}--modeling_lora.XLMRobertaLoRA"},
        "position_embedding_type": "rotary", "rotary_emb_base": 20000.0, "emb_pooler": None,
        "load_trained_adapters": True, "lora_adaptations": list(TASKS), "lora_alpha": ALPHA,
        "lora_dropout_p": 0.0, "lora_main_params_trainable": False, "lora_rank": RANK,
        "matryoshka_dimensions": [8, 16, 32], "task_instructions": TASKS, "truncate_dim": None,
        "use_flash_attn": True, "use_reentrant": False, "output_past": True}, indent=1))
    copy_tokenizer(goldens / "zoo/jina-v2", folder)
    write_modules(folder, pooling="mean_tokens", reader="custom_st.Transformer", limit=LIMIT,
                  sentence_transformers={
                      "__version__": {"sentence_transformers": "3.1.0", "transformers": "4.41.2",
                                      "pytorch": "2.3.1"},
                      "prompts": TASKS, "default_prompt_name": None})

    modules = {stored_name(name): module for name, module in model.named_modules()}

    def add(task):
        for name in names:
            change = added[name][task]
            if name.endswith("Wqkv"):
                attention = modules[name.removesuffix(".Wqkv")]
                projections = [attention.q_proj, attention.k_proj, attention.v_proj]
                for projection, part in zip(projections, change.chunk(3)):
                    projection.weight += part
            else:
                modules[name].weight += change

    recorder = Recorder(folder, "jinaai/jina-embeddings-v3")
    first = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for text in TEXTS:
        ids, vector = encoded(text, recorder)
        recorder.add({"text": text, "ids": ids}, vector)
    for number, (task, words) in enumerate(TASKS.items()):
        add(number)
        for text in TEXTS[:3] if number == 0 else TEXTS[1:2]:
            _, vector = encoded(words + text, recorder, prefix="roberta.",
                                is_watched=number == 0 and text == TEXTS[1])
            recorder.add({"text": text, "prompt_name": task}, vector)
        model.load_state_dict(first)
    recorder.write(len(TEXTS) + 1)


transformers_layout(out / "jina-v3-transformers")
own_layout(out / "jina-v3", {
    name: tensor.float()
    for name, tensor in load_file(out / "jina-v3-transformers/model.safetensors").items()})
