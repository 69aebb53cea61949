"""Writes a model of pictures at its real size with random weights, and what the reference says of it.

python real_sizes.py NAME GOLDENS OUT [--double], where GOLDENS is Tests/Support/Goldens. Compare with

    tessera encode -m OUT --input OUT/items.jsonl --format safetensors -o ours.safetensors
    python ../compare.py ours.safetensors OUT/expected.safetensors --atol 3e-6

or with compare_real.py. --double adds expected64.safetensors, of models of transformers, in float64.

Tokenizers are those of the small models of GOLDENS; tables of words have their real number of rows, of
which few are read. The weights are numbers that half precision has. open-clip-vit-b-32, open-clip-vit-l-14
need open-clip-torch; imagebind-huge needs imagebind-unofficial.
"""

import json
import pathlib
import sys
import types

import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision import transforms
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from recording import copy_tokenizer, halves, randomize

name, goldens, out = sys.argv[1], *map(pathlib.Path, sys.argv[2:4])
TEXTS = ["a photo of a cat", "Two red circles on a blue background!", "鲸鱼 蓝鲸", "whale " * 80]
IMAGES = ["rgb.png", "photo-420.jpg", "tall.png", "cmyk.jpg", "wide.png", "big.jpg"]


@torch.no_grad()
def calibrate(model: nn.Module, pixels: torch.Tensor) -> None:
    """Norms over a batch get the mean and variance of pictures, as training leaves them."""
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.train().momentum = 1.0
    model.get_image_features(pixel_values=pixels)
    for norm in norms:
        norm.eval()
        for statistic in (norm.running_mean, norm.running_var):
            statistic.copy_(statistic.half().float())


def folder_of(small: str, changes: dict[str, dict]) -> None:
    """The tokenizer and the files about pictures of a small model, at another size."""
    for file in (goldens / "zoo" / small).iterdir():
        if file.suffix in (".json", ".txt") and file.name not in ("config.json", "inputs.json"):
            values = file.read_text()
            if file.name in changes:
                values = json.dumps(json.loads(values) | changes[file.name], indent=1)
            (out / file.name).write_text(values)


def processor_of(folder: pathlib.Path):
    from transformers import AutoImageProcessor
    return AutoImageProcessor.from_pretrained(folder, use_fast=False)


def of_transformers(model, small: str, side: int, crop: bool = False, pairs: bool = False,
                    length: int = 77, padded: bool = False, rename=lambda key: key,
                    size: dict | None = None) -> None:
    size = size or (
        {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}} if crop
        else {"size": {"height": side, "width": side}})
    randomize(model)
    folder_of(small, {"preprocessor_config.json": size})
    model.config.architectures = [type(model).__name__]
    if name == "align-base":
        pictures = [processor_of(out)(Image.open(goldens / "images" / file).convert("RGB"),
                                      return_tensors="pt")["pixel_values"] for file in IMAGES]
        calibrate(model, torch.cat(pictures))
    model.config.save_pretrained(out)
    if name == "bge-vl-base":
        # By which the folder is known; `save_pretrained` leaves it out.
        path = out / "config.json"
        path.write_text(json.dumps({"_name_or_path": "BAAI/BGE-VL-base"}
                                   | json.loads(path.read_text()), indent=1))
    tensors = model.state_dict()
    if name == "dinov2-base":
        # Under the names of checkpoints, which transformers 5.24 has not in its modules.
        model.save_pretrained(out)
        tensors = load_file(out / "model.safetensors")
    save_file({rename(key): tensor for key, tensor in halves(tensors).items()}, out / "model.safetensors")
    # SigLIP's own class of tokenizers would want sentencepiece's file.
    reader = PreTrainedTokenizerFast if name == "siglip-base" else AutoTokenizer
    tokenizer = None if name == "dinov2-base" else reader.from_pretrained(out)
    processor = processor_of(out)

    def text(words):
        ids = tokenizer([words], truncation=True, max_length=length, return_tensors="pt",
                        **({"padding": "max_length"} if padded else {}))
        keys = ("input_ids",) if padded else ("input_ids", "attention_mask")
        return model.get_text_features(**{key: ids[key] for key in keys}).pooler_output[0]

    def image(picture):
        pixels = processor(picture, return_tensors="pt")
        features = model if name == "dinov2-base" else model.get_image_features
        return features(**pixels).pooler_output[0]

    answer(text if tokenizer else None, image, pairs, lower=padded)
    if "--double" in sys.argv:
        # Beside the first answers, which of the two is nearer to it.
        model.double()
        double_processor = processor
        processor = lambda picture, **more: {
            key: value.double() for key, value in double_processor(picture, **more).items()}
        answer(text if tokenizer else None, image, pairs, lower=padded, file="expected64.safetensors")


def answer(text, image, pairs: bool = False, lower: bool = False, mode: str | None = "RGB",
           file: str = "expected.safetensors") -> None:
    """`mode`: what a picture is converted to before the reference's own transform; None for nothing."""
    items, vectors = [], []

    def add(item, vector):
        items.append(item)
        vectors.append(vector / vector.norm())

    with torch.inference_mode():
        for words in TEXTS if text else []:
            add({"text": words}, text(words.lower() if lower else words))
        for picture_file in IMAGES:
            path = (goldens / "images" / picture_file).resolve()
            picture = Image.open(path)
            picture = picture.convert(mode) if mode else picture
            add({"image": str(path)}, image(picture))
            if pairs:
                add({"image": str(path), "text": TEXTS[1]}, image(picture) + text(TEXTS[1]))
    save_file({f"item.{i}": vector.contiguous() for i, vector in enumerate(vectors)}, out / file)
    (out / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))


def open_clip_folder(kind: str) -> None:
    import open_clip
    config = open_clip.get_model_config(kind)
    model = open_clip.CLIP(**config).eval()
    randomize(model)
    save_file(halves(model.state_dict()), out / "open_clip_model.safetensors")
    (out / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    copy_tokenizer(goldens / "zoo/bge-vl", out)
    transform = open_clip.image_transform(224, is_train=False)
    answer(padded_text(model.encode_text, 77),
           lambda picture: model.encode_image(transform(picture).unsqueeze(0))[0], mode=None)


def padded_text(encode, length: int):
    tokenizer = AutoTokenizer.from_pretrained(goldens / "zoo/bge-vl")

    def text(words):
        ids = tokenizer(words, truncation=True, max_length=length)["input_ids"]
        return encode(torch.tensor([ids + [0] * (length - len(ids))]))[0]

    return text


def imagebind() -> None:
    # The package imports what reads sounds and films, which is not needed here.
    sys.modules["imagebind.data"] = types.ModuleType("imagebind.data")
    from imagebind.models.imagebind_model import ImageBindModel
    small = {f"{sense}_{key}": value for sense in ["audio", "depth", "thermal", "imu"]
             for key, value in [("embed_dim", 8), ("num_blocks", 1), ("num_heads", 1)]}
    model = ImageBindModel(
        vision_embed_dim=1280, vision_num_blocks=32, vision_num_heads=16, text_embed_dim=1024,
        text_num_blocks=24, text_num_heads=16, out_embed_dim=1024, **small).eval()
    # The tokenizer's last word has to be the table's.
    model.modality_preprocessors["text"].token_embedding = nn.Embedding(874, 1024)
    randomize(model)
    save_file({key: tensor for key, tensor in halves(model.state_dict()).items()
               if ".text." in key or ".vision." in key or "postprocessors" in key},
              out / "model.safetensors")

    def tower(width, layers):
        return {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers,
                "num_attention_heads": 16, "hidden_act": "gelu", "layer_norm_eps": 1e-6}

    (out / "config.json").write_text(json.dumps({
        "model_type": "imagebind", "projection_dim": 1024,
        "text_config": {"vocab_size": 874, "max_position_embeddings": 77, **tower(1024, 24)},
        "vision_config": {"image_size": 224, "patch_size": 14, **tower(1280, 32)}}))
    copy_tokenizer(goldens / "zoo/bge-vl", out)
    mean, deviation = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    transform = transforms.Compose([
        transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(mean, deviation)])
    answer(padded_text(lambda ids: model({"text": ids})["text"], 77),
           lambda picture: model({"vision": transform(picture).unsqueeze(0)})["vision"][0])


def blip_caption_large() -> None:
    """What `generate` writes: OUT/captions.jsonl, to be compared with `tessera caption --beams N`."""
    import transformers as tf
    vision = {"image_size": 384, "hidden_size": 1024, "intermediate_size": 4096,
              "num_hidden_layers": 24, "num_attention_heads": 16}
    # As many words as the tokenizer has.
    text = {"vocab_size": 402, "bos_token_id": 400, "eos_token_id": 3, "sep_token_id": 3,
            "encoder_hidden_size": 1024, "num_attention_heads": 12}
    model = tf.BlipForConditionalGeneration(
        tf.BlipConfig(text_config=text, vision_config=vision, image_text_hidden_size=256)).eval()
    randomize(model)
    folder_of("blip-caption", {"preprocessor_config.json": {"size": {"height": 384, "width": 384}}})
    model.config.architectures = ["BlipForConditionalGeneration"]
    model.config.save_pretrained(out)
    save_file({key: tensor.clone() for key, tensor in halves(model.state_dict()).items()},
              out / "model.safetensors")
    processor = tf.AutoImageProcessor.from_pretrained(out, use_fast=False)
    tokenizer = AutoTokenizer.from_pretrained(out)
    rows = []
    for beams in [1, 3, 5]:
        for file in IMAGES:
            path = (goldens / "images" / file).resolve()
            pixels = processor(Image.open(path).convert("RGB"), return_tensors="pt")
            with torch.inference_mode():
                ids = model.generate(**pixels, num_beams=beams, max_new_tokens=20, do_sample=False)
            rows.append({"beams": beams, "image": str(path),
                         "caption": tokenizer.decode(ids[0], skip_special_tokens=True)})
    (out / "captions.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def write() -> None:
    import transformers as tf
    match name:
        case "open-clip-vit-b-32": open_clip_folder("ViT-B-32")
        case "open-clip-vit-l-14": open_clip_folder("ViT-L-14")
        case "imagebind-huge": imagebind()
        case "blip-caption-large": blip_caption_large()
        case "altclip":
            vision = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
                      "num_attention_heads": 16, "patch_size": 14}
            of_transformers(
                tf.AltCLIPModel(tf.AltCLIPConfig(vision_config=vision)).eval(), "altclip", 224,
                crop=True, length=64,
                rename=lambda key: key.replace("roberta.encoder.layers.", "roberta.encoder.layer."))
        case "chinese-clip-base":
            of_transformers(tf.ChineseCLIPModel(tf.ChineseCLIPConfig()).eval(), "chinese-clip", 224,
                            length=52)
        case "align-base":
            config = tf.AlignConfig(text_config={"vocab_size": 30522})
            of_transformers(tf.AlignModel(config).eval(), "align", 289, length=64, size={
                "size": {"height": 346, "width": 346}, "crop_size": {"height": 289, "width": 289}})
        case "dinov2-base":
            config = tf.Dinov2Config(image_size=518, patch_size=14)
            of_transformers(tf.Dinov2Model(config).eval(), "dinov2", 224, size={
                "size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}})
        case "siglip2-base":
            config = tf.SiglipConfig(text_config={"vocab_size": 256_000})
            of_transformers(tf.SiglipModel(config).eval(), "siglip2", 224, length=64, padded=True)
        case "siglip-base":
            of_transformers(tf.SiglipModel(tf.SiglipConfig()).eval(), "siglip", 224, length=64,
                            padded=True)
        case "bge-vl-base":
            config = tf.CLIPConfig(vision_config={"patch_size": 16}, projection_dim=512,
                                   _name_or_path="BAAI/BGE-VL-base")
            config.text_config.eos_token_id = 2
            of_transformers(tf.CLIPModel(config).eval(), "bge-vl", 224, crop=True, pairs=True)
        case _: sys.exit(f"{name} is not known")


out.mkdir(parents=True, exist_ok=True)
write()
