"""Writes small random models that chat, as folders that transformers loads.

python chat_models.py GOLDENS [NAME...], where GOLDENS is Tests/Support/Goldens: the folders go into its
zoo, whose tokenizers they take. `conversations.py` then says what transformers answers.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

zoo = pathlib.Path(sys.argv[1]) / "zoo"

DECODER = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
           "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 1024}
TOWER = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
         "num_attention_heads": 4, "patch_size": 8}
CLIP = {**TOWER, "model_type": "clip_vision_model", "image_size": 32}
# Not a multiple of the patches, as with so400m's 384 and 14.
SIGLIP = {**TOWER, "model_type": "siglip_vision_model", "image_size": 30, "vision_use_head": False}
HALF = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}

PARTS = "{% for part in message['content'] | selectattr('type', 'equalto', 'image') %}<image>EOL{% endfor %}" \
        "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}{{ part['text'] }}{% endfor %}"
QWEN = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}TEXT{{ '<|im_end|>\n' }}" \
       "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
MISTRAL = "{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' }}TEXT{{ ' [/INST]' }}" \
          "{% else %}{{ ' ' }}TEXT{{ '</s>' }}{% endif %}{% endfor %}"
VICUNA = "{% for message in messages %}{{ message['role'].upper() + ': ' }}TEXT{{ ' ' }}{% endfor %}" \
         "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"


def with_pictures(template, end=""):
    return template.replace("TEXT", PARTS.replace("EOL", end))


def with_words(template):
    return template.replace("TEXT", "{{ message['content'] }}")


def grid(side, rows, columns):
    return [[side * row, side * column] for row in range(1, rows + 1) for column in range(1, columns + 1)]


# Name: decoder's kind and keys, tokenizer, template, and of those that see: the model's keys, tower,
# image processor, processor.
MODELS = {
    "llama-chat": ("llama", {"rope_theta": 5e5, "tie_word_embeddings": True, "rms_norm_eps": 1e-5},
                   "e5-mistral", "{{ bos_token }}" + with_words(VICUNA)),
    # Of four frequencies one is fast, one between, and two are slow.
    "llama3-chat": ("llama", {"rope_theta": 5e5, "rope_scaling": {
        "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 256}}, "e5-mistral", "{{ bos_token }}" + with_words(VICUNA)),
    "mistral-chat": ("mistral", {"sliding_window": None, "head_dim": 12, "rms_norm_eps": 1e-5},
                     "e5-mistral", "{{ bos_token }}" + with_words(MISTRAL)),
    "qwen2-chat": ("qwen2", {"rope_theta": 1e6, "tie_word_embeddings": True}, "gte-qwen2",
                   with_words(QWEN)),
    "qwen3-chat": ("qwen3", {"rope_theta": 1e6, "head_dim": 16}, "gte-qwen2", with_words(QWEN)),
    "llava": ("llama", {}, "e5-mistral", with_pictures(VICUNA, "\n"),
              {"model_type": "llava"}, CLIP,
              {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 32},
               "crop_size": {"height": 32, "width": 32}},
              {"patch_size": 8, "num_additional_image_tokens": 1,
               "vision_feature_select_strategy": "default"}),
    "llava-next-mistral": (
        "mistral", {"sliding_window": None, "rope_theta": 1e6}, "e5-mistral",
        with_pictures(MISTRAL, "\n"),
        {"model_type": "llava_next",
         "image_grid_pinpoints": [[32, 64], [64, 32], [64, 64], [96, 32], [32, 96]]}, CLIP,
        {"image_processor_type": "LlavaNextImageProcessor", "size": {"shortest_edge": 32},
         "crop_size": {"height": 32, "width": 32}},
        {"patch_size": 8, "num_additional_image_tokens": 1,
         "vision_feature_select_strategy": "default"}),
    "llava-next-vicuna": (
        "llama", {}, "e5-mistral", with_pictures(VICUNA, "\n"),
        {"model_type": "llava_next", "image_grid_pinpoints": grid(32, 3, 3),
         "vision_feature_layer": -1}, {**CLIP, "num_hidden_layers": 2},
        {"image_processor_type": "LlavaNextImageProcessor", "size": {"shortest_edge": 32},
         "crop_size": {"height": 32, "width": 32}},
        {"patch_size": 8, "num_additional_image_tokens": 1,
         "vision_feature_select_strategy": "default"}),
    "llava-next-qwen2": (
        "qwen2", {"rope_theta": 1e6}, "gte-qwen2", with_pictures(QWEN, "\n"),
        {"model_type": "llava_next", "image_grid_pinpoints": [[64, 64], [96, 64]]}, CLIP,
        {"image_processor_type": "LlavaNextImageProcessor", "size": {"shortest_edge": 32},
         "crop_size": {"height": 32, "width": 32}},
        {"patch_size": 8, "num_additional_image_tokens": 1,
         "vision_feature_select_strategy": "default"}),
    "llava-onevision": (
        "qwen2", {"rope_theta": 1e6, "tie_word_embeddings": True}, "gte-qwen2",
        with_pictures(QWEN),
        {"model_type": "llava_onevision", "image_grid_pinpoints": grid(30, 4, 4),
         "vision_aspect_ratio": "anyres_max_3"}, SIGLIP,
        {"image_processor_type": "LlavaOnevisionImageProcessor",
         "size": {"height": 30, "width": 30}, **HALF},
        {"num_image_tokens": 9, "vision_feature_select_strategy": "full",
         "vision_aspect_ratio": "anyres_max_3"}),
}


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_tokenizer(source, folder, sees):
    """The vocabulary of an encoder, without what it puts behind a text, and with a word for pictures."""
    tokenizer = json.loads((source / "tokenizer.json").read_text())
    post = tokenizer["post_processor"]
    llama = post["type"] == "TemplateProcessing"
    if llama:
        for key in ["single", "pair"]:
            post[key] = [part for part in post[key] if part.get("SpecialToken", {}).get("id") != "</s>"]
        del post["special_tokens"]["</s>"]
    else:
        tokenizer["post_processor"] = post["processors"][0]
    used = len(tokenizer["model"]["vocab"]) + (0 if llama else len(tokenizer["added_tokens"]))
    if sees:
        tokenizer["added_tokens"].append({
            "id": used, "content": "<image>", "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True})
    write(folder / "tokenizer.json", tokenizer)
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"} if llama else \
        {"eos_token": "<|im_end|>"}
    end = 2 if llama else 422
    write(folder / "tokenizer_config.json", {
        **special, "pad_token": special["eos_token"], "clean_up_tokenization_spaces": False,
        "model_max_length": 1024, "tokenizer_class": "PreTrainedTokenizerFast",
        **({"image_token": "<image>", "extra_special_tokens": {"image_token": "<image>"}} if sees else {})})
    # Some rows of the table are nobody's.
    return used, used + 9, 1 if llama else None, end


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if "norm" in name:
                tensor += 0.1 * torch.randn(tensor.shape, generator=generator)
            else:
                scale = 0.5 if "embed_tokens" in name or "lm_head" in name else 0.25
                tensor.copy_(scale * torch.randn(tensor.shape, generator=generator))


def published(name):
    """What files of the hub call a tensor of LLaVA."""
    for new, old in [("model.language_model.", "language_model.model."),
                     ("model.vision_tower.", "vision_tower.vision_model."),
                     ("lm_head.", "language_model.lm_head."), ("model.", "")]:
        if name.startswith(new):
            return old + name.removeprefix(new)
    return name


for name, (kind, keys, tokenizer, template, *sight) in MODELS.items():
    if len(sys.argv) > 2 and name not in sys.argv[2:]:
        continue
    folder = zoo / name
    folder.mkdir(parents=True, exist_ok=True)
    picture, vocabulary, begin, end = write_tokenizer(zoo / tokenizer, folder, bool(sight))
    (folder / "chat_template.jinja").write_text(template)
    text = {"model_type": kind, **DECODER, **keys, "vocab_size": vocabulary}
    if sight:
        own, tower, images, processor = sight
        if "image_grid_pinpoints" in own:
            images = {**images, "image_grid_pinpoints": own["image_grid_pinpoints"]}
        config = {**own, "text_config": text, "vision_config": tower, "image_token_index": picture,
                  "tie_word_embeddings": keys.get("tie_word_embeddings", False)}
        model = AutoModelForImageTextToText.from_config(AutoConfig.for_model(**config))
    else:
        config = {**text, "bos_token_id": begin, "eos_token_id": end}
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config))
    randomise(model.eval(), seed=100 + len(name))
    tensors = {key: value.contiguous() for key, value in model.state_dict().items()}
    if text.get("tie_word_embeddings"):
        tensors.pop("lm_head.weight")
    # Three ways in which files name their parts: the hub's, transformers 5's own, and the module's.
    if name == "llava-next-vicuna":
        pass
    elif name == "llava-next-qwen2":
        tensors = {published(key).replace("vision_model.", ""): value for key, value in tensors.items()}
    elif sight:
        tensors = {published(key): value for key, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write(folder / "config.json", {"architectures": [type(model).__name__], **config})
    write(folder / "generation_config.json",
          {"bos_token_id": begin, "eos_token_id": end, "pad_token_id": end})
    if sight:
        if name == "llava-next-vicuna":
            write(folder / "processor_config.json", {"image_processor": images, **processor})
        else:
            write(folder / "preprocessor_config.json", images)
            write(folder / "processor_config.json", processor)
    print(name, sum(path.stat().st_size for path in folder.iterdir()) // 1000, "kB")
