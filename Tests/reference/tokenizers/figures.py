"""Cuts the published tokenizers down to what a list of texts can touch.

    python figures.py BERT_JSON XLMR_JSON CLIP_JSON ../../TokenizersTests/Cases/figures

Writes wordpiece.json, unigram.json and clip.json with the published ids (WordPiece, BPE) or scores
(Unigram, whose ids are positions, so that figures.json lists tokens), and figures.json, checked
against HF tokenizers with the whole vocabulary first and the reduced one then.
"""

import json
import pathlib
import sys

from tokenizers import Tokenizer

WORDPIECE = [
    "Hello, World!", "Café naïve", "가나", "x\vy\u0085z\fw", "a\u2028b", "[SEP] foo [sep][MASK]x",
    "İstanbul", "ß", "ẞ", "\U0002B850 x", "a" * 100, "a" * 101, "",
]
UNIGRAM = [
    "Hello world", "a ", "  a  b ", "a\u0085b", "\0a", "e\u0323\u0302", "ﬁ\u0301", "ｶﾞ",
    "\u1100\u1161", "＜s＞", "呵呵呵", "x///", "x<s>y", "👨\u200d👩", "☃\ufe0f",
    "\U00013000\U00013001", "一匹马牵着这辆车",
]
CLIP = ["a photo of a cat", "it's don't 'Sun", "café", "cafe\u0301", "2023 1/2", "“quotes”"]


def substrings(texts):
    found = set()
    for text in texts:
        for i in range(len(text)):
            for j in range(i + 1, min(len(text), i + 40) + 1):
                found.add(text[i:j])
    return found


def encode(document, text, special):
    document = dict(document, truncation=None, padding=None)
    encoding = Tokenizer.from_str(json.dumps(document)).encode(text, add_special_tokens=special)
    return encoding.ids


def wordpiece(path):
    document = json.loads(pathlib.Path(path).read_text())
    document.update(truncation=None, padding=None)
    full = Tokenizer.from_str(json.dumps(document))
    parts = substrings([full.normalizer.normalize_str(t) for t in WORDPIECE])
    special = {token["content"] for token in document["added_tokens"]}
    vocabulary = document["model"]["vocab"]
    kept = {
        t: i for t, i in vocabulary.items()
        if t in special or t in parts or (t.startswith("##") and t[2:] in parts)
    }
    reduced = dict(document, model=dict(document["model"], vocab=kept))
    figures = []
    for text in WORDPIECE:
        ids = full.encode(text, add_special_tokens=False).ids
        assert encode(reduced, text, False) == ids, text
        figures.append({"text": text, "ids": ids})
    return reduced, figures


def unigram(path):
    document = json.loads(pathlib.Path(path).read_text())
    # As bge-m3 publishes it.
    document["added_tokens"][-1]["lstrip"] = True
    document["pre_tokenizer"] = {
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True,
    }
    full = Tokenizer.from_str(json.dumps(document))
    normalized = ["▁" + full.normalizer.normalize_str(t).replace(" ", "▁") for t in UNIGRAM]
    parts = substrings(normalized)
    vocabulary = document["model"]["vocab"]
    least = min(score for _, score in vocabulary)
    kept = [
        entry for index, entry in enumerate(vocabulary)
        if index < 4 or entry[0].removeprefix("▁") in parts or entry[0] in ("▁", "<mask>")
    ]
    kept.insert(4, next(entry for entry in vocabulary if entry[1] == least))
    added = [dict(t, id=[k[0] for k in kept].index(t["content"])) for t in document["added_tokens"]]
    reduced = dict(document, model=dict(document["model"], vocab=kept), added_tokens=added)
    figures = []
    for text in UNIGRAM:
        ids = full.encode(text, add_special_tokens=False).ids
        tokens = [full.id_to_token(i) for i in ids]
        assert [kept[i][0] for i in encode(reduced, text, False)] == tokens, text
        figures.append({"text": text, "tokens": tokens, "ids of the whole vocabulary": ids})
    return reduced, figures


def clip(path):
    document = json.loads(pathlib.Path(path).read_text())
    full = Tokenizer.from_str(json.dumps(document))
    pieces = []
    for text in CLIP:
        normal = full.normalizer.normalize_str(text)
        pieces += [piece for piece, _ in full.pre_tokenizer.pre_tokenize_str(normal)]
    parts = substrings([piece + "\0" for piece in pieces])
    kept = {
        t: i for t, i in document["model"]["vocab"].items()
        if t.startswith("<|") or t.replace("</w>", "\0") in parts
    }
    merges = [
        m for m in document["model"]["merges"]
        if all(t in kept for t in m) and "".join(m) in kept
    ]
    reduced = dict(document, model=dict(document["model"], vocab=kept, merges=merges))
    # Added tokens take the ids of the vocabulary, gaps or not.
    figures = []
    for text in CLIP:
        ids = full.encode(text, add_special_tokens=False).ids
        assert encode(reduced, text, False) == ids, text
        figures.append({"text": text, "ids": ids})
    return reduced, figures


def main():
    folder = pathlib.Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name, reduce, path in zip(
        ("wordpiece", "unigram", "clip"), (wordpiece, unigram, clip), sys.argv[1:4]
    ):
        document, figures[name] = reduce(path)
        (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False))
        for figure in figures[name]:
            print(name, ascii(figure["text"])[:40], figure.get("ids") or figure.get("tokens"),
                  figure.get("ids of the whole vocabulary", ""))
    (folder / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
