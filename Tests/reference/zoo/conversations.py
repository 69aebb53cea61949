"""Writes what transformers answers in some conversations: conversations.json and .safetensors.

python conversations.py GOLDENS NAME..., where GOLDENS is Tests/Support/Goldens and NAMEs are folders in
its zoo. Pictures are made ready by the processors on Pillow.
"""

import importlib
import json
import pathlib
import sys

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedTokenizerFast

goldens = pathlib.Path(sys.argv[1])
TOKENS = 64


def turn(role, text, *images):
    return {"role": role, "text": text, "images": list(images)}


WORDS = [
    [turn("user", "What is the capital of France?")],
    [turn("user", "Two red circles on a blue background: 鲸鱼 蓝鲸?")],
    [turn("user", "Hello"), turn("assistant", "a photo of a cat"), turn("user", "And why?\n")],
]
PICTURES = [
    [turn("user", "What is in this picture?", "rgb.png")],
    [turn("user", "A tall one", "tall.png")],
    [turn("user", "A wide one", "wide.png")],
    [turn("user", "A tiny one", "small.png")],
    [turn("user", "One pixel", "one-pixel.png")],
    [turn("user", "Which is larger?", "rgb.png", "tall.png")],
    [turn("user", "What is this?", "wide.png"), turn("assistant", "a whale"),
     turn("user", "And these two?", "small.png", "exact-224.png"), turn("assistant", "dogs"),
     turn("user", "Are you sure?")],
]
# Of the processor and of the image processor.
CLASSES = {
    "llava": ("llava", "Llava", "clip", "CLIP"),
    "llava_next": ("llava_next", "LlavaNext", "llava_next", "LlavaNext"),
    "llava_onevision": ("llava_onevision", "LlavaOnevision", "llava_onevision", "LlavaOnevision"),
    "smolvlm": ("smolvlm", "SmolVLM", "smolvlm", "SmolVLM"),
}


def processor(folder, kind):
    module, name, picture_module, picture_name = CLASSES[kind]
    models = "transformers.models"
    images = getattr(importlib.import_module(f"{models}.{picture_module}.image_processing_pil_{picture_module}"),
                     f"{picture_name}ImageProcessorPil")
    own = getattr(importlib.import_module(f"{models}.{module}.processing_{module}"), f"{name}Processor")
    settings = json.loads((folder / "processor_config.json").read_text())
    inner = settings.pop("image_processor", None)
    file = folder / "preprocessor_config.json"
    inner = inner or json.loads(file.read_text())
    for key in ["image_processor_type", "processor_class"]:
        inner.pop(key, None)
        settings.pop(key, None)
    extra = {}
    if kind == "llava_onevision":
        from transformers import LlavaOnevisionVideoProcessor
        extra["video_processor"] = LlavaOnevisionVideoProcessor()
    if kind == "smolvlm":
        from transformers import SmolVLMVideoProcessor
        extra["video_processor"] = SmolVLMVideoProcessor()
    return own(image_processor=images(**inner), tokenizer=tokenizer(folder), **extra,
               chat_template=(folder / "chat_template.jinja").read_text(), **settings)


def tokenizer(folder):
    return PreTrainedTokenizerFast.from_pretrained(folder)


def fnv(data):
    """FNV-1a of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def messages(turns, sees):
    if not sees:
        return [{"role": turn["role"], "content": turn["text"]} for turn in turns]
    # Alpha is dropped, as by transformers 4.
    return [{"role": turn["role"], "content": [
        {"type": "image", "image": Image.open(goldens / "images" / name).convert("RGB")}
        for name in turn["images"]] + [{"type": "text", "text": turn["text"]}]} for turn in turns]


def stage_name(name, stored):
    """The file's name of a module."""
    if stored == "module" or not name:
        return name
    tower = "vision_tower.vision_model." if stored == "hub" else "vision_tower."
    for new, old in [("model.language_model.", "language_model.model."), ("model.vision_tower.", tower),
                     ("lm_head", "language_model.lm_head"), ("model.", "")]:
        if name.startswith(new):
            return old + name.removeprefix(new)
    return name


STAGES = ["embeddings", "pre_layrnorm", "layers.0", "layers.1", "layers.0.self_attn", "layers.1.mlp",
          "multi_modal_projector", "linear_1", "modality_projection", "embed_tokens",
          "language_model.norm", "text_model.norm", "model.norm"]


def watch(model, stored, expected):
    def hook(name):
        def keep(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else getattr(output, "last_hidden_state", output)
            # Of pictures, the first tile.
            expected.setdefault(f"stage.{name}", output.detach()[0].contiguous().clone())
        return keep
    return [module.register_forward_hook(hook(stage_name(name, stored)))
            for name, module in model.named_modules()
            if any(name == end or name.endswith("." + end) for end in STAGES)
            and not ("vision" in name and name.endswith("mlp"))]


def seen(model, inputs, kind):
    """Vectors of all pictures, one behind the other, and what the tower reads."""
    arguments = {key: inputs[key] for key in ["image_sizes", "batch_num_images", "pixel_attention_mask"]
                 if key in inputs}
    pixels = inputs["pixel_values"]
    features = model.get_image_features(pixel_values=pixels, **arguments).pooler_output
    features = torch.cat(list(features)).flatten(0, -2)
    if kind in ["llava_next", "llava_onevision"]:
        several = kind == "llava_onevision" and int(inputs["batch_num_images"][0]) > 1
        module = importlib.import_module(f"transformers.models.{kind}.modeling_{kind}")
        counts = [1 if several else module.image_size_to_num_patches(
            size, model.config.image_grid_pinpoints, model.config.vision_config.image_size)
            for size in inputs["image_sizes"]]
        pixels = torch.cat([own[:count] for own, count in zip(pixels, counts)])
    return features, pixels.reshape(-1, *pixels.shape[-3:]).contiguous()


def converse(name):
    folder = goldens / "zoo" / name
    config = json.loads((folder / "config.json").read_text())
    kind = config["model_type"]
    sees = kind in CLASSES
    model = (AutoModelForImageTextToText if sees else AutoModelForCausalLM).from_pretrained(
        folder, dtype=torch.float32).eval()
    reader = processor(folder, kind) if sees else tokenizer(folder)
    names = (folder / "model.safetensors").read_bytes()[:100000]
    stored = "hub" if b"vision_tower.vision_model" in names else \
        "transformers" if b'"language_model.model.' in names else "module"
    items, expected, nearest = [], {}, 1.0
    for turns in (PICTURES if sees else []) + WORDS:
        if kind == "smolvlm" and any("one-pixel.png" in turn["images"] for turn in turns):
            continue
        asked = messages(turns, sees)
        prompt = reader.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        inputs = reader.apply_chat_template(
            asked, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt")
        number = len(items)
        item = {"turns": turns, "prompt": prompt, "ids": inputs["input_ids"][0].tolist()}
        with torch.no_grad():
            if "pixel_values" in inputs:
                features, pixels = seen(model, inputs, kind)
                expected[f"seen.{number}"] = features.contiguous()
                item["tiles"] = len(pixels)
                item["pixels"] = fnv(pixels.numpy().tobytes())
                if number == 0:
                    expected["pixels.0"] = pixels[:2].clone()
            if number == 0:
                handles = watch(model, stored, expected)
                model(**inputs)
                for handle in handles:
                    handle.remove()
            out = model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False, output_logits=True,
                                 return_dict_in_generate=True)
        item["written"] = out.sequences[0, len(item["ids"]):].tolist()
        logits = [step[0] for step in out.logits]
        expected[f"first.{number}"] = logits[0].clone()
        expected[f"last.{number}"] = logits[-1].clone()
        for step in logits:
            best = step.topk(2).values
            nearest = min(nearest, float(best[0] - best[1]))
        items.append(item)
    (folder / "conversations.json").write_text(
        '{"items": [' + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "]}\n")
    save_file(expected, folder / "conversations.safetensors")
    # A choice between two that are this near would be one of rounding.
    print(name, [len(item["written"]) for item in items], [len(set(item["written"])) for item in items],
          [len(item["ids"]) for item in items], f"nearest choice {nearest:.1e}",
          sum(path.stat().st_size for path in folder.iterdir()) // 1000, "kB")


for name in sys.argv[2:]:
    converse(name)
