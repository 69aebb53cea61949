"""Writes a small random jina-clip of the first generation, and what it is to say.

python jina_clip.py GOLDENS OUT [--real], where GOLDENS is Tests/Support/Goldens; with --real it has the
sizes of jina-clip-v1, but for its tokenizer. The tower for pictures is timm's
EVA02, an independent writing of the same blocks, under jina-clip's names. The tower for texts is written
here after the published description of jina-embeddings-v2 and flash-attn's names for BERT, as the model's
own code could not be run. The tokenizer is that of zoo/jina-v2.
"""

import json
import pathlib
import sys

import torch
from PIL import Image
from safetensors.torch import save_file
from timm.models.eva import Eva
from torch import nn
from torchvision import transforms
from transformers import AutoTokenizer

from recording import IMAGES, TEXTS, Recorder, copy_tokenizer, disturb, halves

goldens, out = map(pathlib.Path, sys.argv[1:3])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(44)
IS_REAL = "--real" in sys.argv
WIDTH, HIDDEN, WORDS = (768, 3072, 448) if IS_REAL else (64, 80, 448)
LAYERS, HEADS_OF_TEXT, WIDTH_OF_HEAD = (12, 12, 64) if IS_REAL else (2, 4, 16)
SIDE, PATCH, RATIO = (224, 16, 4 * 2 / 3) if IS_REAL else (32, 8, 1.5)


class Layer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.mixer = nn.ModuleDict({"Wqkv": nn.Linear(width, 3 * width),
                                    "out_proj": nn.Linear(width, width)})
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.mlp = nn.ModuleDict({"gated_layers": nn.Linear(width, 2 * hidden, bias=False),
                                  "wo": nn.Linear(hidden, width)})
        self.norm2 = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x, bias):
        count, width = x.shape
        query, key, value = (part.view(count, self.heads, -1).transpose(0, 1)
                             for part in self.mixer["Wqkv"](x).split(width, -1))
        scores = query @ key.transpose(1, 2) / (width // self.heads) ** 0.5 + bias
        context = (scores.softmax(-1) @ value).transpose(0, 1).reshape(count, width)
        x = self.norm1(x + self.mixer["out_proj"](context))
        gate, up = self.mlp["gated_layers"](x).chunk(2, -1)
        return self.norm2(x + self.mlp["wo"](nn.functional.gelu(gate) * up))


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleDict({"word_embeddings": nn.Embedding(WORDS, WIDTH),
                                         "token_type_embeddings": nn.Embedding(2, WIDTH)})
        self.emb_ln = nn.LayerNorm(WIDTH, eps=1e-12)
        self.encoder = nn.ModuleDict(
            {"layers": nn.ModuleList([Layer(WIDTH, HEADS_OF_TEXT, HIDDEN) for _ in range(LAYERS)])})

    def forward(self, ids):
        x = self.emb_ln(self.embeddings["word_embeddings"](ids)
                        + self.embeddings["token_type_embeddings"].weight[0])
        distance = (torch.arange(len(ids))[:, None] - torch.arange(len(ids))).abs()
        bias = -torch.tensor(slopes(HEADS_OF_TEXT))[:, None, None] * distance
        for layer in self.encoder["layers"]:
            x = layer(x, bias)
        return x.mean(0, keepdim=True)


def slopes(heads):
    """Of Press et al.; a number of heads that is no power of two takes every other of the next."""
    def powers(count):
        return [2 ** (-8 * (i + 1) / count) for i in range(count)]
    below = 1 << (heads.bit_length() - 1)
    return (powers(below) + powers(2 * below)[::2])[:heads]


text = Text().eval()
vision = Eva(img_size=SIDE, patch_size=PATCH, embed_dim=WIDTH, depth=LAYERS,
             num_heads=WIDTH // WIDTH_OF_HEAD, qkv_fused=False, mlp_ratio=RATIO, swiglu_mlp=True, scale_mlp=True, scale_attn_inner=True,
             use_rot_pos_emb=True, ref_feat_shape=(16, 16), global_pool="token", num_classes=0).eval()
disturb(text, 0.02 if IS_REAL else 0.1)
disturb(vision, 0.02 if IS_REAL else 0.1)
logit_scale = torch.tensor(2.6592).half().float()


def renamed(name):
    for own, other in [("attn.q_proj.bias", "attn.q_bias"), ("attn.v_proj.bias", "attn.v_bias"),
                       ("attn.norm", "attn.inner_attn_ln"), ("mlp.fc1_g", "mlp.w1"),
                       ("mlp.fc1_x", "mlp.w2"), ("mlp.norm", "mlp.ffn_ln"), ("mlp.fc2", "mlp.w3")]:
        name = name.replace(own, other)
    return f"vision_model.{name}"


save_file(halves({
    **{f"text_model.transformer.{name}": tensor for name, tensor in text.state_dict().items()},
    **{renamed(name): tensor for name, tensor in vision.state_dict().items()},
    "logit_scale": logit_scale}), out / "model.safetensors")
(out / "config.json").write_text(json.dumps({
    "model_type": "jina_clip", "architectures": ["JinaCLIPModel"], "add_projections": False,
    "projection_dim": WIDTH, "logit_scale_init_value": 2.6592, "use_text_flash_attn": None,
    "use_vision_xformers": None, "torch_dtype": "float32",
    "text_config": {
        "embed_dim": WIDTH, "model_type": "jina_clip_text", "pooler_type": "mean_pooler",
        "hf_model_name_or_path": "jinaai/jina-bert-flash-implementation", "proj_type": None,
        "proj_bias": False,
        "hf_model_config_kwargs": {"num_attention_heads": HEADS_OF_TEXT, "use_flash_attn": False}},
    "vision_config": {
        "embed_dim": WIDTH, "width": WIDTH, "head_width": WIDTH_OF_HEAD, "image_size": SIDE,
        "patch_size": PATCH, "layers": LAYERS, "mlp_ratio": RATIO, "qkv_bias": True, "x_attention": False,
        "fused_layer_norm": False, "post_norm": False, "rope_embeddings": True,
        "pt_hw_seq_len": 16, "intp_freq": True, "naive_swiglu": True, "subln": True,
        "ls_init_value": None, "patch_dropout": 0.1, "proj_type": None,
        "model_type": "jina_clip_vision"}}, indent=1))
(out / "preprocessor_config.json").write_text(json.dumps({
    "image_processor_type": "JinaCLIPImageProcessor", "size": SIDE, "fill_color": 0,
    "interpolation": "bicubic", "resize_mode": "shortest",
    "mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]},
    indent=1))
copy_tokenizer(goldens / "zoo/jina-v2", out)
tokenizer = AutoTokenizer.from_pretrained(goldens / "zoo/jina-v2")
transform = transforms.Compose([
    transforms.Resize(SIDE, interpolation=transforms.InterpolationMode.BICUBIC),
    transforms.CenterCrop(SIDE), transforms.ToTensor(),
    transforms.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))])

recorder = Recorder(out, "jinaai/jina-clip-v1")
of_text = {f"text_model.transformer.{name}": module for name, module in text.named_modules()
           if name in ["emb_ln", "encoder.layers.0", "encoder.layers.1"]}
of_vision = {renamed(name): module for name, module in vision.named_modules()
             if name in ["blocks.0", "blocks.0.attn.norm", "blocks.1", "norm"]}
with torch.no_grad():
    for words in TEXTS:
        ids = tokenizer(words, truncation=True, max_length=512)["input_ids"]
        handles = recorder.watch(of_text, lambda x: x) if words == TEXTS[1] else []
        vector = text(torch.tensor(ids))
        for handle in handles:
            handle.remove()
        recorder.add({"text": words, "ids": ids}, vector)
    for name in IMAGES:
        handles = recorder.watch(of_vision) if name == IMAGES[0] else []
        picture = Image.open(goldens / "images" / name).convert("RGB")
        vector = vision(transform(picture).unsqueeze(0))
        for handle in handles:
            handle.remove()
        recorder.add({"image": name}, vector)
recorder.write({"text": TEXTS[1], "image": IMAGES[0]}, logit_scale.exp())
