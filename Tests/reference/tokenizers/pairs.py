"""Asks HF tokenizers for pairs of texts in one sequence, and for what truncation leaves of them.

    python pairs.py ../../TokenizersTests/Cases

Writes pairs.json: ids and types of pairs by three tokenizers, cut by each rule on each side, and the
lengths that remain of two texts of every small length (-1: an error).
"""

import json
import pathlib
import random
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, processors

FOLDERS = ["visual-tiny-en", "visual-tiny-m3", "clip-tiny"]
TEXTS = [
    "", "a", "How many people live in Berlin?", "Berlin has a population of 3,520,031 inhabitants.",
    "北京有多少人？", "  white \n space  ", "[SEP] </s> <|endoftext|>", "Привет, мир", "é ﬁ 👩‍👧 x",
    "one two three four five six seven eight nine ten eleven twelve",
]


def pairs(folder, name):
    tokenizer = Tokenizer.from_file(str(folder / name / "tokenizer.json"))
    tokenizer.no_padding()
    special = tokenizer.num_special_tokens_to_add(True)
    for _ in range(80):
        first, second = random.choice(TEXTS), random.choice(TEXTS)
        limit, side = random.randint(special, 30), random.choice(["left", "right"])
        only_second, adds = random.random() < 0.4, random.random() < 0.8
        tokenizer.enable_truncation(
            limit, strategy="only_second" if only_second else "longest_first", direction=side)
        case = {
            "folder": name, "first": first, "second": second, "limit": limit, "side": side,
            "only_second": only_second, "special": adds,
        }
        try:
            encoding = tokenizer.encode(first, second, add_special_tokens=adds)
            case |= {"ids": encoding.ids, "types": encoding.type_ids}
        except Exception:
            pass
        yield case


def lengths():
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing("$A", "$A $B", [])
    for strategy in ("longest_first", "only_second"):
        for room in range(13):
            tokenizer.enable_truncation(room, strategy=strategy)
            for a in range(10):
                for b in range(10):
                    try:
                        ids = tokenizer.encode("a " * a, "a " * b).sequence_ids
                        yield [strategy == "only_second", room, a, b, ids.count(0), ids.count(1)]
                    except Exception:
                        yield [strategy == "only_second", room, a, b, -1, -1]


def main():
    random.seed(0)
    folder = pathlib.Path(sys.argv[1])
    document = {
        "pairs": [case for name in FOLDERS for case in pairs(folder, name)],
        "lengths": [[int(n) for n in row] for row in lengths()],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    (folder / "pairs.json").write_text(text)


if __name__ == "__main__":
    main()
