"""The vocabulary: the words of the world, the Chinese characters, and letters for all the rest."""

import json
from pathlib import Path
from random import Random

from tokenizers import Tokenizer

from world.edits import random_edit
from world.scene import random_scene
from world.words import ALSO_CHINESE, ALSO_ENGLISH, NAMES, full_caption, short_caption

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP, MASK = range(5)



def said() -> list[str]:
    """So many captions and edits that every word of the templates is among them."""
    random = Random(0)
    texts = [text for names in NAMES.values() for text in names]
    texts += [text for pair in ALSO_ENGLISH.values() for text in pair] + list(ALSO_CHINESE.values())
    for _ in range(20_000):
        scene = random_scene(random)
        edit = random_edit(scene, random)
        full, short = full_caption(scene, random), short_caption(scene, random)
        texts += [full.english, full.chinese, short.english, short.chinese, edit.english, edit.chinese]
    return texts


def vocabulary() -> list[str]:
    characters = {c for text in said() for c in text if not c.isascii()}
    words = {word.strip(",") for text in said() if text.isascii() for word in text.split()}
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    digits = list("0123456789")
    return (
        SPECIALS
        + list("!\"'(),-.:;?") + digits + letters
        + [f"##{piece}" for piece in digits + letters]
        + ["##ing", "##er", "##ed", "##ly"]
        + sorted(characters) + sorted(words - set(letters))
    )  # fmt: skip


def tokenizer_json(words: list[str]) -> dict:
    specials = [
        {
            "id": index, "content": word, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True,
        }
        for index, word in enumerate(SPECIALS)
    ]  # fmt: skip

    def special(name: str) -> dict:
        return {"SpecialToken": {"id": name, "type_id": 0}}

    def sequence(name: str, kind: int) -> dict:
        return {"Sequence": {"id": name, "type_id": kind}}

    separator = {"SpecialToken": {"id": "[SEP]", "type_id": 1}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": specials,
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), sequence("A", 0), special("[SEP]")],
            "pair": [special("[CLS]"), sequence("A", 0), special("[SEP]"), sequence("B", 1), separator],
            "special_tokens": {
                name: {"id": name, "ids": [SPECIALS.index(name)], "tokens": [name]}
                for name in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: index for index, word in enumerate(words)},
        },
    }  # fmt: skip


def write(folder: Path) -> int:
    """The tokenizer's files; returns the size of the vocabulary."""
    words = vocabulary()
    assert len(set(words)) == len(words)
    special_names = {
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
        "mask_token": "[MASK]",
    }  # fmt: skip
    config = {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "tokenize_chinese_chars": True,
        "strip_accents": None, "model_max_length": 128, "clean_up_tokenization_spaces": True,
        **special_names,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    for name, value in (
        ("tokenizer.json", tokenizer_json(words)),
        ("tokenizer_config.json", config),
        ("special_tokens_map.json", special_names),
    ):
        text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
    return len(words)


def load(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
