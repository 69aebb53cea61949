"""Writes small random models as open_clip keeps them, and what open_clip says of them.

python open_clip_models.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens: OUT/open-clip has
open_clip's own tower for pictures, OUT/eva-clip timm's EVA02. The tokenizer is that of zoo/bge-vl.
"""

import json
import pathlib
import sys

import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.models.eva import Eva
from transformers import AutoTokenizer

from recording import IMAGES, TEXTS, Recorder, copy_tokenizer, disturb, halves

goldens, out = map(pathlib.Path, sys.argv[1:])
LENGTH = 32
text_cfg = {"context_length": LENGTH, "vocab_size": 874, "width": 32, "heads": 4, "layers": 2}


def write(name, config, model, scope):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    disturb(model)
    save_file(halves(model.state_dict()), folder / "open_clip_model.safetensors")
    preprocess = {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28],
                  "interpolation": "bicubic", "resize_mode": "shortest"}
    (folder / "open_clip_config.json").write_text(json.dumps(
        {"model_cfg": config, "preprocess_cfg": preprocess}, indent=1))
    copy_tokenizer(goldens / "zoo/bge-vl", folder)
    tokenizer = AutoTokenizer.from_pretrained(goldens / "zoo/bge-vl")
    transform = open_clip.image_transform(
        config["vision_cfg"]["image_size"], is_train=False, **preprocess)
    modules = dict(model.named_modules())
    recorder = Recorder(folder, config["vision_cfg"].get("timm_model_name", "laion/CLIP"))
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer(text, truncation=True, max_length=LENGTH)["input_ids"]
            padded = torch.tensor([ids + [0] * (LENGTH - len(ids))])
            names = [f"{scope}transformer.resblocks.{i}" for i in range(2)]
            handles = recorder.watch({n: modules[n] for n in names}, lambda x: x[0, :len(ids)]) \
                if scope and text == TEXTS[1] else []
            vector = model.encode_text(padded)
            for handle in handles:
                handle.remove()
            recorder.add({"text": text, "ids": ids}, vector)
        for image in IMAGES:
            blocks = "visual.trunk.blocks" if scope else "visual.transformer.resblocks"
            names = [f"{blocks}.0", f"{blocks}.1"] + (["visual.trunk.norm"] if scope else
                                                     ["visual.ln_pre"])
            handles = recorder.watch({n: modules[n] for n in names}) \
                if image == IMAGES[0] else []
            vector = model.encode_image(
                transform(Image.open(goldens / "images" / image)).unsqueeze(0))
            for handle in handles:
                handle.remove()
            recorder.add({"image": image}, vector)
    stages_of = {"text": TEXTS[1], "image": IMAGES[0]} if scope else len(TEXTS)
    recorder.write(stages_of, model.logit_scale.exp())


torch.manual_seed(41)
vision_cfg = {"image_size": 32, "layers": 2, "width": 48, "head_width": 12, "patch_size": 8}
config = {"embed_dim": 20, "vision_cfg": vision_cfg, "text_cfg": text_cfg, "quick_gelu": True}
write("open-clip", config, open_clip.CLIP(**config), "")

torch.manual_seed(42)
# The sizes of a real one would not fit here; the names of the tensors, and the mathematics, do.
trunk = Eva(img_size=32, patch_size=8, embed_dim=128, depth=2, num_heads=2, qkv_fused=False,
            mlp_ratio=0.75, swiglu_mlp=True, scale_mlp=True, scale_attn_inner=True,
            use_rot_pos_emb=True, ref_feat_shape=(16, 16), global_pool="token", num_classes=20,
            head_init_scale=1.0)
vision_cfg = {"image_size": 32, "timm_model_name": "eva02_base_patch16_clip_224",
              "timm_model_pretrained": False, "timm_pool": "token", "timm_proj": None}
config = {"embed_dim": 20, "vision_cfg": vision_cfg, "text_cfg": text_cfg, "custom_text": True}
plain = {key: value for key, value in config.items() if key != "custom_text"}
model = open_clip.CustomTextCLIP(**plain)
model.visual.trunk = trunk
write("eva-clip", config, model, "text.")
