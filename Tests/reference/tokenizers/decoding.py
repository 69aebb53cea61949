"""Asks HF tokenizers for the way back from ids to text.

    python decoding.py ../../TokenizersTests/Cases

Writes decoding.json: small vocabularies under every decoder, and texts of three tokenizers there and
back.
"""

import json
import pathlib
import random
import sys

from tokenizers import Tokenizer, pre_tokenizers

FOLDERS = ["visual-tiny-en", "visual-tiny-m3", "clip-tiny"]
TEXTS = ["Hello, World! don't", "  two  spaces ", "北京 is 京都", "é ﬁ 👩‍👧 x", "[SEP] </s> a", ""]
TOKENS = [
    "<unk>", "[CLS]", "a", "##b", "▁", "▁a", "b▁c", ".", "'", "n't", "do", "not", "##", "é</w>", "x</w>",
    " ", "  z ", "�", "Ġ", "Ċ", "<0x0A>", "<0x41>",
] + [f"<0x{byte:02X}>" for byte in "中é".encode()] + sorted(set(
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str("中é")[0][0]))
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
LLAMA = {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
    {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
DECODERS = [
    None, LLAMA, METASPACE, METASPACE | {"prepend_scheme": "never"}, {"type": "ByteFallback"},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": False},
    {"type": "BPEDecoder", "suffix": "</w>"}, {"type": "Fuse"},
    # With one at either end the reference ends the process over a token that is one space.
    {"type": "Strip", "content": " ", "start": 2, "stop": 0},
    {"type": "Replace", "pattern": {"Regex": "[a-z]+"}, "content": "_"},
]


def document(decoder):
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(TOKENS))}
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "pre_tokenizer": None, "post_processor": None, "decoder": decoder,
        "added_tokens": [{
            "id": 1, "content": "[CLS]", "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True}],
        "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": vocabulary},
    }


def cases(tokenizer, lists):
    return [[ids, skips, tokenizer.decode(ids, skip_special_tokens=skips)]
            for ids in lists for skips in (True, False)]


def main():
    random.seed(0)
    folder = pathlib.Path(sys.argv[1])
    small = []
    for decoder in DECODERS:
        tokenizer = Tokenizer.from_str(json.dumps(document(decoder)))
        size = tokenizer.get_vocab_size()
        lists = [[random.randrange(size + 1) for _ in range(random.randint(0, 9))] for _ in range(25)]
        small.append({"tokenizer": document(decoder), "cases": cases(tokenizer, lists)})
    whole = []
    for name in FOLDERS:
        tokenizer = Tokenizer.from_file(str(folder / name / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        whole.append({"folder": name, "cases": cases(
            tokenizer, [tokenizer.encode(text).ids for text in TEXTS])})
    text = json.dumps({"small": small, "whole": whole}, ensure_ascii=False, separators=(",", ":"))
    (folder / "decoding.json").write_text(text)


if __name__ == "__main__":
    main()
