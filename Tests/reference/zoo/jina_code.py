"""Writes a small random jina-embeddings-v2-base-code, and what it is to say.

python jina_code.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens: makes OUT/jina-code. The model's own
code is not in transformers; the layers are written here, after names and formulas on which
text-embeddings-inference's readers in Rust and in Python agree. Attention's slopes are Press et al.'s, and
the tokenizer is that of zoo/roberta.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import AutoTokenizer

from recording import TEXTS, Recorder, copy_tokenizer, disturb, halves, write_modules

goldens, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) / "jina-code"
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(91)
WORDS, WIDTH, HIDDEN, LAYERS, HEADS, LIMIT, EPSILON = 620, 48, 64, 2, 6, 96, 1e-12


def slopes(heads):
    """A number of heads that is no power of two takes every other slope of the next."""
    def powers(count):
        return [2 ** (-8 * (i + 1) / count) for i in range(count)]
    below = 1 << (heads.bit_length() - 1)
    return (powers(below) + powers(2 * below)[::2])[:heads]


def norm():
    return nn.LayerNorm(WIDTH, eps=EPSILON)


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.layer_norm_q, self.layer_norm_k = norm(), norm()

    def forward(self, x):
        count = len(x)
        # The norms see the numbers of all heads together.
        query, key, value = (part.view(count, HEADS, -1).transpose(0, 1) for part in (
            self.layer_norm_q(self.query(x)), self.layer_norm_k(self.key(x)), self.value(x)))
        distance = (torch.arange(count)[:, None] - torch.arange(count)).abs()
        scores = query @ key.transpose(1, 2) / (WIDTH // HEADS) ** 0.5
        scores = scores - torch.tensor(slopes(HEADS))[:, None, None] * distance
        return (scores.softmax(-1) @ value).transpose(0, 1).reshape(count, WIDTH)


class SelfOutput(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense, self.LayerNorm = nn.Linear(WIDTH, WIDTH), norm()

    def forward(self, context, x):
        return self.LayerNorm(self.dense(context) + x)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.self, self.output = SelfAttention(), SelfOutput()

    def forward(self, x):
        return self.output(self.self(x), x)


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.up_gated_layer = nn.Linear(WIDTH, 2 * HIDDEN, bias=False)
        self.act = nn.GELU()
        self.down_layer = nn.Linear(HIDDEN, WIDTH)

    def forward(self, x):
        up, gate = self.up_gated_layer(x).chunk(2, -1)
        return self.down_layer(up * self.act(gate))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.mlp = Attention(), MLP()
        self.layer_norm_1, self.layer_norm_2 = norm(), norm()

    def forward(self, x):
        y = self.layer_norm_1(x + self.attention(x))
        return self.layer_norm_2(y + self.mlp(y))


class Embeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings, self.token_type_embeddings = (
            nn.Embedding(WORDS, WIDTH), nn.Embedding(2, WIDTH))
        self.LayerNorm = norm()

    def forward(self, ids):
        return self.LayerNorm(self.word_embeddings(ids) + self.token_type_embeddings.weight[0])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.ModuleList([Layer() for _ in range(LAYERS)])

    def forward(self, x):
        for layer in self.layer:
            x = layer(x)
        return x


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings, self.encoder = Embeddings(), Encoder()

    def forward(self, ids):
        return self.encoder(self.embeddings(ids))


model = Model().eval()
disturb(model)
save_file(halves(model.state_dict()), out / "model.safetensors")
code = "jinaai/jina-bert-v2-qk-post-norm"
(out / "config.json").write_text(json.dumps({
    "_name_or_path": code, "architectures": ["JinaBertForMaskedLM"],
    "attention_probs_dropout_prob": 0.0, "attn_implementation": "torch",
    "auto_map": {"AutoConfig": f"{code}--configuration_bert.JinaBertConfig",
                 "AutoModel": f"{code}--modeling_bert.JinaBertModel"},
    "classifier_dropout": None, "emb_pooler": "mean", "feed_forward_type": "geglu",
    "gradient_checkpointing": False, "hidden_act": "gelu", "hidden_dropout_prob": 0.0,
    "hidden_size": WIDTH, "initializer_range": 0.02, "intermediate_size": HIDDEN,
    "layer_norm_eps": EPSILON, "max_position_embeddings": 8192, "model_max_length": 8192,
    "model_type": "bert", "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "pad_token_id": 0,
    "position_embedding_type": "alibi", "torch_dtype": "float16", "transformers_version": "4.35.2",
    "type_vocab_size": 2, "use_cache": True, "vocab_size": WORDS}, indent=1))
copy_tokenizer(goldens / "zoo/roberta", out)
write_modules(out, pooling="mean_tokens", is_normalizing=False, limit=LIMIT)
tokenizer = AutoTokenizer.from_pretrained(out)

recorder = Recorder(out, "jinaai/jina-embeddings-v2-base-code")
watched = {name: module for name, module in model.named_modules()
           if name in ("embeddings", "encoder.layer.0", "encoder.layer.1")
           or name.startswith("encoder.layer.0.")
           and not name.endswith(("query", "attention.output", "layer_norm_2"))}
with torch.no_grad():
    for text in TEXTS:
        ids = tokenizer(text.strip(), truncation=True, max_length=LIMIT)["input_ids"]
        handles = recorder.watch(watched, lambda x: x) if text == TEXTS[1] else []
        hidden = model(torch.tensor(ids))
        for handle in handles:
            handle.remove()
        recorder.add({"text": text, "ids": ids}, hidden.mean(0, keepdim=True), is_normalizing=False)
recorder.write(1)
