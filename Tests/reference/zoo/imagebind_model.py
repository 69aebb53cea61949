"""Writes a small random ImageBind, and what its own code says of it.

python imagebind_model.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens; the code is PyPI's
`imagebind-unofficial`, which also needs einops, ftfy, iopath, regex and timm. The tokenizer is that of
zoo/bge-vl.
"""

import json
import pathlib
import sys
import types

import torch

# The package imports what reads sounds and films, which is not needed here.
sys.modules["imagebind.data"] = types.ModuleType("imagebind.data")

from imagebind.models.imagebind_model import ImageBindModel  # noqa: E402
from PIL import Image
from safetensors.torch import save_file
from torchvision import transforms
from transformers import AutoTokenizer

from recording import IMAGES, TEXTS, Recorder, copy_tokenizer, disturb, halves

goldens, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(43)
# As many heads as the published checkpoint has, which no shape of it says.
small = {f"{sense}_{key}": value for sense in ["audio", "depth", "thermal", "imu"]
         for key, value in [("embed_dim", 8), ("num_blocks", 1), ("num_heads", 1)]}
model = ImageBindModel(vision_embed_dim=64, vision_num_blocks=1, vision_num_heads=16,
                       text_embed_dim=32, text_num_blocks=2, text_num_heads=16,
                       out_embed_dim=24, **small).eval()
model.modality_preprocessors["text"].token_embedding = torch.nn.Embedding(874, 32)
disturb(model)
kept = {name: tensor for name, tensor in model.state_dict().items()
        if ".text." in name or ".vision." in name or "postprocessors" in name}
save_file(halves(kept), out / "model.safetensors")


def tower(width, layers):
    return {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers,
            "num_attention_heads": 16, "hidden_act": "gelu", "layer_norm_eps": 1e-6}


(out / "config.json").write_text(json.dumps({
    "model_type": "imagebind", "architectures": ["ImageBindModel"], "projection_dim": 24,
    "text_config": {"vocab_size": 874, "max_position_embeddings": 77, **tower(32, 2)},
    "vision_config": {"image_size": 224, "patch_size": 14, **tower(64, 1)}}, indent=1))
copy_tokenizer(goldens / "zoo/bge-vl", out)
tokenizer = AutoTokenizer.from_pretrained(goldens / "zoo/bge-vl")
transform = transforms.Compose([
    transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
    transforms.CenterCrop(224), transforms.ToTensor(),
    transforms.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))])

modules = dict(model.named_modules())
recorder = Recorder(out, "imagebind_huge")


def blocks(sense, count):
    names = [f"modality_trunks.{sense}.blocks.{i}" for i in range(count)]
    return {name: modules[name] for name in names}


with torch.no_grad():
    for text in TEXTS:
        ids = tokenizer(text, truncation=True, max_length=77)["input_ids"]
        padded = torch.tensor([ids + [0] * (77 - len(ids))])
        # The trunks have the sequence before the batch.
        handles = recorder.watch(blocks("text", 2), lambda x: x[:len(ids), 0]) \
            if text == TEXTS[1] else []
        vector = model({"text": padded})["text"]
        for handle in handles:
            handle.remove()
        recorder.add({"text": text, "ids": ids}, vector)
    for name in IMAGES:
        pixels = transform(Image.open(goldens / "images" / name).convert("RGB")).unsqueeze(0)
        handles = recorder.watch(blocks("vision", 1), lambda x: x[:, 0]) if name == IMAGES[0] else []
        vector = model({"vision": pixels})["vision"]
        for handle in handles:
            handle.remove()
        recorder.add({"image": name}, vector)
scale = model.modality_postprocessors["text"][1].log_logit_scale.exp().clip(max=100)
recorder.write({"text": TEXTS[1], "image": IMAGES[0]}, scale)
