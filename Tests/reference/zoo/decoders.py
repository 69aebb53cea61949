"""Writes what sentence-transformers makes of decoders whose frequencies are scaled, or that score texts.

python decoders.py GOLDENS, where GOLDENS is Tests/Support/Goldens. `decoders.json` holds changes to
folders of its zoo, with vectors and logits: each of a model that was loaded for it alone, as dynamic
scaling leaves traces of longer texts. Two folders of their own are made beside them: zoo/llama-embedding
and zoo/reranker-qwen3.
"""

import json
import pathlib
import shutil
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers import (AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification,
                          AutoTokenizer)

from recording import Recorder, copy_tokenizer

goldens = pathlib.Path(sys.argv[1])
zoo = goldens / "zoo"

TEXTS = ["whale", "A blue whale in the sea.",
         "What is the capital of France and how many people live there today?",
         "a long answer about whales and the sea. " * 5 + "It ends."]
SHORT, LONG = [1.0, 1.1, 1.25, 1.5], [1.0, 1.5, 3.0, 4.0]
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}

SCALED = [
    ("qwen3-embedding", {"rope_scaling": YARN}),
    ("qwen3-embedding", {"rope_scaling": {**YARN, "type": "yarn", "beta_fast": 4.0, "beta_slow": 0.5,
                                          "truncate": False, "attention_factor": 1.3}}),
    ("qwen3-embedding", {"max_position_embeddings": 24, "rope_scaling": {"type": "dynamic", "factor": 4.0}}),
    ("qwen3-embedding", {"rope_scaling": {
        "type": "longrope", "short_factor": SHORT * 2, "long_factor": LONG * 2, "factor": 8.0,
        "original_max_position_embeddings": 16}}),
    ("e5-mistral", {"rope_scaling": {"rope_type": "yarn", "factor": None, "mscale": 1.2,
                                     "mscale_all_dim": 0.7}, "original_max_position_embeddings": 16}),
    ("e5-mistral", {"original_max_position_embeddings": 20, "rope_parameters": {
        "rope_type": "longrope", "rope_theta": 5000.0, "short_factor": SHORT, "long_factor": LONG}}),
    ("e5-mistral", {"rope_scaling": {"type": "linear", "factor": 2.0},
                    "rope_parameters": {"rope_type": "default", "rope_theta": 77.0}}),
    ("gte-qwen2", {"is_causal": None, "auto_map": None, "max_position_embeddings": 16,
                   "rope_scaling": {"type": "dynamic", "factor": 6.5}}),
    ("gte-qwen2", {"is_causal": None, "auto_map": None, "rope_scaling": {**YARN, "factor": 2}}),
]

# Conversations: how many tokens may be read, and so many are.
SPOKEN = [
    ("llama-chat", {"rope_scaling": {**YARN, "original_max_position_embeddings": 512}}, 2048, 150),
    ("qwen3-chat", {"rope_scaling": {**YARN, "mscale": 0.8, "mscale_all_dim": 1.1}}, 1024, 150),
    ("mistral-chat", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, 1024, 60),
    ("qwen2-chat", {"original_max_position_embeddings": 100, "rope_scaling": {
        "type": "longrope", "short_factor": SHORT, "long_factor": LONG}}, 100, 100),
]

ROLES = "{% for m in messages %}<|im_start|>{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}answer:"
ONE = {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
THREE = {"id2label": {str(i): f"LABEL_{i}" for i in range(3)},
         "label2id": {f"LABEL_{i}": i for i in range(3)}}
SCORED = [
    ("qwen3-reranker", "Qwen3ForSequenceClassification", {**ONE, "pad_token_id": 560}, ROLES),
    ("qwen3-reranker", "Qwen3ForSequenceClassification", {**THREE, "pad_token_id": 560}, None),
    # What ends a text is what fills it, so that another token is read.
    ("qwen3-embedding", "Qwen3ForSequenceClassification", {**ONE, "pad_token_id": 560}, None),
    ("gte-qwen2", "Qwen2ForSequenceClassification",
     {**ONE, "is_causal": None, "auto_map": None}, None),
    ("e5-mistral", "MistralForSequenceClassification", ONE, None),
    ("embedding-gemma", "Gemma3TextForSequenceClassification",
     {**THREE, "use_bidirectional_attention": False}, None),
    ("llama-embedding", "LlamaForSequenceClassification", {**ONE, "pad_token_id": -1}, None),
]
PAIRS = [("what is a panda?", "The giant panda is a bear."),
         ("what is a panda?", "a long answer about whales and the sea. " * 30),
         ("how many people live in Berlin?", "Berlin")]


def changed(name, changes, folder):
    shutil.copytree(zoo / name, folder, dirs_exist_ok=True)
    config = json.loads((folder / "config.json").read_text())
    config.update(changes)
    (folder / "config.json").write_text(
        json.dumps({key: value for key, value in config.items() if value is not None}))
    return folder


def vector(name, changes, text):
    with tempfile.TemporaryDirectory() as folder:
        folder = changed(name, changes, pathlib.Path(folder))
        (folder / "sentence_bert_config.json").write_text(
            json.dumps({"max_seq_length": 90, "do_lower_case": False}))
        model = SentenceTransformer(str(folder), device="cpu")
        return model.encode([text])[0].tolist()


def score_weights(labels, width):
    return torch.tensor([[((7 * i + 3 * j) % 11 - 5) / 10 for j in range(width)] for i in range(labels)])


def scores(name, architecture, changes, template):
    with tempfile.TemporaryDirectory() as folder:
        folder = changed(name, {**changes, "architectures": [architecture]}, pathlib.Path(folder))
        for path in folder.iterdir():
            if path.name in ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"):
                path.unlink()
        tensors = load_file(folder / "model.safetensors")
        if not any(key.startswith("model.") for key in tensors):
            tensors = {f"model.{key}": value for key, value in tensors.items()}
        tensors.pop("lm_head.weight", None)
        width = tensors["model.norm.weight"].shape[0]
        tensors["score.weight"] = score_weights(len(changes["id2label"]), width)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        if template:
            (folder / "chat_template.jinja").write_text(template)
        model = CrossEncoder(str(folder), device="cpu", activation_fn=torch.nn.Identity())
        logits, counts = [], []
        for pair in PAIRS:
            found = model.predict([pair], batch_size=1)[0]
            logits.append([float(found)] if len(changes["id2label"]) == 1 else found.tolist())
            counts.append(model[0].preprocess([pair])["input_ids"].shape[1])
        return logits, counts


def spoken(name, changes, count):
    with tempfile.TemporaryDirectory() as folder:
        model = AutoModelForCausalLM.from_pretrained(changed(name, changes, pathlib.Path(folder))).eval()
        with torch.no_grad():
            return model(input_ids=torch.tensor([spoken_ids(count)])).logits[0, -1, :32].tolist()


def spoken_ids(count):
    return [(37 * i) % 400 + 3 for i in range(count)]


def randomised(model, seed, scale=0.3):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            tensor.copy_(tensor + 0.1 * noise if "norm" in name else scale * noise)
            tensor.copy_(tensor.half().float())
    return model.eval()


DECODER = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
           "num_key_value_heads": 2}


def save(model, out, config):
    tensors = {key: value.half().contiguous() for key, value in model.state_dict().items()}
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    (out / "config.json").write_text(json.dumps(
        {"architectures": [type(model).__name__], "dtype": "float32", **config}, indent=1) + "\n")


def llama_embedding():
    out = zoo / "llama-embedding"
    out.mkdir(exist_ok=True)
    copy_tokenizer(zoo / "e5-mistral", out)
    config = {"model_type": "llama", **DECODER, "max_position_embeddings": 128, "rope_theta": 10000.0,
              "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 24},
              "rms_norm_eps": 1e-5, "hidden_act": "silu", "vocab_size": 593, "pad_token_id": 2,
              "attention_bias": True}
    model = randomised(AutoModel.from_config(AutoConfig.for_model(**config)), 5)
    save(model, out, config)
    (out / "1_Pooling").mkdir(exist_ok=True)
    (out / "1_Pooling" / "config.json").write_text(json.dumps(
        {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}))
    (out / "modules.json").write_text(json.dumps([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]))
    (out / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": 90, "do_lower_case": False}))
    (out / "config_sentence_transformers.json").write_text(
        json.dumps({"__version__": {"sentence_transformers": "6.2.0"}}))
    encoder = SentenceTransformer(str(out), device="cpu")
    recorder = Recorder(out, "a Llama with YaRN")
    for index, text in enumerate(TEXTS + ["鲸鱼"]):
        own = encoder[0].model
        hooks = recorder.watch(
            {"layers.0.input_layernorm": own.layers[0].input_layernorm, "layers.0": own.layers[0],
             "layers.1": own.layers[1], "norm": own.norm}) if index == 1 else []
        ids = encoder.preprocess([text])["input_ids"][0].tolist()
        recorder.add({"text": text, "ids": ids}, torch.tensor(encoder.encode([text])))
        for hook in hooks:
            hook.remove()
    recorder.write(1)


def reranker_qwen3():
    out = zoo / "reranker-qwen3"
    out.mkdir(exist_ok=True)
    copy_tokenizer(zoo / "qwen3-reranker", out)
    config = {"model_type": "qwen3", **DECODER, "head_dim": 16, "max_position_embeddings": 256,
              "rope_theta": 1000000.0, "rms_norm_eps": 1e-6, "hidden_act": "silu", "vocab_size": 563,
              "pad_token_id": 560, "attention_bias": False, **ONE}
    model = randomised(
        AutoModelForSequenceClassification.from_config(AutoConfig.for_model(**config)), 25, 0.2)
    save(model, out, config)
    tokenizer = AutoTokenizer.from_pretrained(out)
    long = "a long question " * 40
    pairs = [("how many people live in Berlin?", "Berlin has a population of 3,520,031 registered inhabitants."),
             ("what is a panda?", "hi"), ("鲸鱼", "蓝鲸是海洋哺乳动物。"), ("", "nothing asked"),
             ("nothing answered", ""), (long, "a long answer " * 30), ("short", "a long answer " * 40)]
    items, tensors = [], {}
    for pair in pairs:
        for truncation in ["longest_first", "only_second"]:
            item = {"query": pair[0], "passage": pair[1], "truncation": truncation}
            items.append(item)
            try:
                ids = tokenizer(pair[0], pair[1] or None, max_length=64, return_tensors="pt",
                                truncation=truncation if pair[1] else True)["input_ids"]
            except Exception as error:
                item["error"] = str(error)
                continue
            assert ids.shape[1] <= 64
            item["ids"] = ids[0].tolist()
            seen = {}

            def keep(name):
                return lambda module, inputs, output: seen.update({name: output[0] if isinstance(
                    output, tuple) else output})
            modules = {"model.layers.0": model.model.layers[0], "model.layers.1": model.model.layers[1],
                       "model.norm": model.model.norm}
            hooks = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
            with torch.no_grad():
                logits = model(input_ids=ids).logits[0]
            for hook in hooks:
                hook.remove()
            tensors[f"item.{len(items) - 1}"] = logits.contiguous()
            if len(items) == 1:
                tensors |= {f"stage.{name}": value.squeeze(0).contiguous() for name, value in seen.items()}
                tensors["stage.score"] = logits.clone()
    save_file(tensors, out / "expected.safetensors")
    (out / "inputs.json").write_text(json.dumps(
        {"items": items, "stages_of": 0, "max_length": 64, "like": "a Qwen3ForSequenceClassification"},
        ensure_ascii=False))


llama_embedding()
reranker_qwen3()
result = {"texts": TEXTS, "pairs": [list(pair) for pair in PAIRS], "scaled": [], "scored": [], "spoken": []}
for name, changes in SCALED:
    result["scaled"].append({"folder": name, "config": changes,
                             "vectors": [vector(name, changes, text) for text in TEXTS]})
for name, architecture, changes, template in SCORED:
    logits, counts = scores(name, architecture, changes, template)
    result["scored"].append({"folder": name, "config": {**changes, "architectures": [architecture]},
                             "template": template, "logits": logits, "tokens": counts})
for name, changes, limit, count in SPOKEN:
    result["spoken"].append({"folder": name, "config": changes, "limit": limit, "tokens": [count],
                             "logits": [spoken(name, changes, count)]})
(goldens / "decoders.json").write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n")
