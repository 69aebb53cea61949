"""Asks transformers what tokenizer_config.json and its companions make of a tokenizer.json.

    pip install transformers==4.44.2 && python overlay.py ../../TokenizersTests/Cases

Writes overlay.json: small base tokenizers, and for each folder its files and the ids of every text,
once alone and once before the next text. `extra_special_tokens` is asked of transformers 5, which
has it (`python overlay.py FOLDER` under both; the second run fills in what the first left out).
"""

import json
import pathlib
import sys
import tempfile

import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

TEXTS = [
    "Hé A 中文 [MASK] <new>b", "a<sp>b [SEP]a <left> b", "ÀB ab<add>a [CLS]", " a <mask>b",
    "<s>a</s> <two>b", "",
]
LETTERS = ["a", "b", "h", "e", "A", "B", "H", "é", "É", "À", "中", "文", "<", ">", "[", "]", "/"]


def wordpiece():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + LETTERS + ["##" + c for c in LETTERS]
    tokens += ["中文", "new", "sp", "left", "add", "mask", "##ask", "two"]
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    return json.loads(tokenizer.to_str())


def byte_level():
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokens += sorted(pre_tokenizers.ByteLevel.alphabet()) + ["Ġa", "ab"]
    tokenizer = Tokenizer(models.BPE(
        {t: i for i, t in enumerate(tokens)}, [("Ġ", "a"), ("a", "b")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>"])
    return json.loads(tokenizer.to_str())


def byte_fallback():
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokens += ["▁", "a", "b", "▁a", "h"]
    tokenizer = Tokenizer(models.BPE(
        {t: i for i, t in enumerate(tokens)}, [("▁", "a")], unk_token="<unk>", fuse_unk=True,
        byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A", "<s> $A <s>:1 $B:1", [("<s>", 1)])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return json.loads(tokenizer.to_str())


def flags(content, **changes):
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False,
            "normalized": False, "special": True} | changes


BASES = {"wordpiece": wordpiece(), "byte-level": byte_level(), "byte-fallback": byte_fallback()}
NEXT = len(BASES["wordpiece"]["model"]["vocab"])


def folders():
    def wordpiece(config, **files):
        return "wordpiece", {"tokenizer_config.json": config} | {
            name + ".json": content for name, content in files.items()}

    bert = {"tokenizer_class": "BertTokenizer"}
    plain = {"tokenizer_class": "PreTrainedTokenizerFast"}
    for name in ("BertTokenizer", "DistilBertTokenizerFast", "PreTrainedTokenizerFast"):
        for switches in (
            {}, {"do_lower_case": False}, {"do_lower_case": True, "strip_accents": False},
            {"do_lower_case": False, "strip_accents": True}, {"tokenize_chinese_chars": False},
            {"do_lower_case": False, "do_basic_tokenize": False, "never_split": ["A"]},
        ):
            yield wordpiece({"tokenizer_class": name} | switches)
    yield "wordpiece", {"config.json": {"model_type": "bert"}}
    for own in (bert, plain):
        yield wordpiece(own | {"added_tokens_decoder": {
            str(NEXT): flags("<new>"), str(NEXT + 1): flags("<left>", lstrip=True)}})
        yield wordpiece(own | {"added_tokens_decoder": {"2": flags("[CLS]", lstrip=True)}})
        yield wordpiece(own | {"additional_special_tokens": ["<sp>", "<two>"]})
        yield wordpiece(own, special_tokens_map={
            "additional_special_tokens": ["<sp>", flags("<left>", lstrip=True)]})
        yield wordpiece(own, added_tokens={"<add>": NEXT, "<sp>": NEXT + 1},
                        special_tokens_map={"additional_special_tokens": ["<sp>"]})
        yield wordpiece(own | {"added_tokens_decoder": {str(NEXT): flags("<new>")}},
                        added_tokens={"<add>": NEXT + 1},
                        special_tokens_map={"additional_special_tokens": ["<sp>"]})
        yield wordpiece(own | {"mask_token": "<mask>"})
        yield wordpiece(own | {"mask_token": None})
        yield wordpiece(own | {"split_special_tokens": True})
        yield wordpiece(own | {"extra_special_tokens": {"new_token": "<new>"}})
    for name in ("RobertaTokenizer", "GPT2Tokenizer"):
        for value in ({}, {"add_prefix_space": False}, {"add_prefix_space": True}):
            yield "byte-level", {"tokenizer_config.json": {
                "tokenizer_class": name, "bos_token": "<s>", "eos_token": "</s>",
                "unk_token": "<unk>"} | value}
    for bos in (True, False):
        for eos in (True, False):
            yield "byte-fallback", {"tokenizer_config.json": {
                "tokenizer_class": "LlamaTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
                "unk_token": "<unk>", "add_bos_token": bos, "add_eos_token": eos}}


def ids(base, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in ({"tokenizer.json": BASES[base]} | files).items():
            (pathlib.Path(folder) / name).write_text(json.dumps(content))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        pairs = zip(TEXTS, TEXTS[1:] + TEXTS[:1])
        return [[tokenizer([a])["input_ids"][0], tokenizer([(a, b)])["input_ids"][0]]
                for a, b in pairs]


def string_merges(base):
    """As the tokenizers library of transformers 4.44 reads them."""
    model = base["model"]
    model["merges"] = [m if isinstance(m, str) else " ".join(m) for m in model.get("merges", [])]
    if model["type"] == "WordPiece":
        del model["merges"]


def main():
    for base in BASES.values():
        string_merges(base)
    output = pathlib.Path(sys.argv[1]) / "overlay.json"
    is_new = transformers.__version__.startswith("5.")
    before = json.loads(output.read_text())["folders"] if is_new else []
    found = []
    for index, (base, files) in enumerate(folders()):
        extra = "extra_special_tokens" in files.get("tokenizer_config.json", {})
        case = {"base": base, "files": files}
        if extra == is_new:
            case["ids"] = ids(base, files)
        elif is_new:
            case["ids"] = before[index]["ids"]
        found.append(case)
    document = {"texts": TEXTS, "bases": BASES, "folders": found}
    output.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
