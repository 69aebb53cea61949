"""Writes a small random AltCLIP, and what transformers says of it.

python altclip.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens: the tokenizer is that of
zoo/roberta, and the pictures are those of images.
"""

import json
import pathlib
import shutil
import sys

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AltCLIPConfig, AltCLIPModel, AutoTokenizer, CLIPImageProcessor

goldens, out = map(pathlib.Path, sys.argv[1:])
torch.manual_seed(23)
tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
         "num_attention_heads": 4}
config = AltCLIPConfig(
    text_config={**tower, "vocab_size": 620, "max_position_embeddings": 66, "project_dim": 24,
                 "hidden_act": "gelu", "layer_norm_eps": 1e-5},
    vision_config={**tower, "image_size": 32, "patch_size": 8},
    projection_dim=20)
model = AltCLIPModel(config).eval()
with torch.no_grad():
    for name, tensor in model.named_parameters():
        if tensor.dim() > 0:
            tensor += torch.randn_like(tensor) * 0.1
out.mkdir(parents=True, exist_ok=True)
config.architectures = ["AltCLIPModel"]
config.save_pretrained(out)
# As the published checkpoint has them; transformers 5.24 writes the other tower's layers wrongly.
save_file({name.replace("roberta.encoder.layers.", "roberta.encoder.layer."): tensor.contiguous()
           for name, tensor in model.state_dict().items()}, out / "model.safetensors")
for name in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]:
    shutil.copy(goldens / "zoo/roberta" / name, out / name)
processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
processor.save_pretrained(out)
tokenizer = AutoTokenizer.from_pretrained(out)

texts = ["a photo of a cat", "Two red circles on a blue background!", "鲸鱼 蓝鲸",
         "it's a dog's life, isn't it?", "", "whale " * 80]
images = ["rgb.png", "photo-420.jpg", "rgba.png", "tall.png"]
items, expected, stages, raw = [], {}, {}, []


def watch(names):
    def hook(name):
        def keep(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output
            if isinstance(output, torch.Tensor):
                stages[f"stage.{name}"] = output.detach()[0].contiguous()
        return keep
    modules = dict(model.named_modules())
    return [(modules.get(name) or modules[own_names[name]]).register_forward_hook(hook(name))
            for name in names]


text_stages = ["text_model.roberta.embeddings", "text_model.roberta.encoder.layer.0",
               "text_model.roberta.encoder.layer.1", "text_projection"]
# What transformers 5 calls otherwise than its checkpoints.
own_names = {f"text_model.roberta.encoder.layer.{i}": f"text_model.roberta.encoder.layers.{i}"
             for i in range(2)}
vision_stages = ["vision_model.embeddings", "vision_model.encoder.layers.1",
                 "vision_model.post_layernorm", "visual_projection"]
with torch.no_grad():
    for text in texts:
        handles = watch(text_stages) if text == texts[1] else []
        ids = tokenizer([text], return_tensors="pt", truncation=True)
        vector = model.get_text_features(**ids).pooler_output[0]
        for handle in handles:
            handle.remove()
        items.append({"text": text, "ids": ids["input_ids"][0].tolist()})
        raw.append(vector)
    for name in images:
        handles = watch(vision_stages) if name == images[0] else []
        # transformers 4 drops alpha, as Pillow does; 5.24 lays it over white.
        pixels = processor(Image.open(goldens / "images" / name).convert("RGB"), return_tensors="pt")
        vector = model.get_image_features(**pixels).pooler_output[0]
        for handle in handles:
            handle.remove()
        items.append({"image": name})
        raw.append(vector)
for i, vector in enumerate(raw):
    expected[f"item.{i}"] = vector / vector.norm()
save_file({**expected, **stages}, out / "expected.safetensors")
(out / "inputs.json").write_text(json.dumps({
    "items": items, "stages_of": {"text": texts[1], "image": images[0]}, "like": "BAAI/AltCLIP"},
    ensure_ascii=False))
