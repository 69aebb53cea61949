"""Asks HF tokenizers what each normalizer and pre-tokenizer makes of a list of texts.

    python components.py ../../TokenizersTests/Cases

Writes components.json ("pieces" of each text for each component) and pipelines.json (whole small
tokenizers with the ids of each text).
"""

import json
import pathlib
import random
import sys

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

# Patterns of Qwen 2 and 3, Llama 3, OpenAI's cl100k and o200k, DeepSeek, Kimi and Bloom; then one of
# each construct that the engine knows.
REGEXES = [
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+""",
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    r"""[\p{Han}]+|[\p{Lu}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+""",
    r" ?[^(\s|[.,!?…。，、।۔،])]+", r"[一-龥぀-ゟ゠-ヿ]+", r"\p{N}{1,3}",
    r"\w+|[^\w\s]+", r"\b\w", r"\B\W+", r"^.|.$", r"(?<=\s)\S|(?<!\w)\d+?(?=\D)",
    r"\A\s+|\s+\z", r"a.*?b|(?:ab|a)+?c|(?>a+)b|(?:'s|xy){2,3}", r"\P{L}\p{^N}|[^\P{Lu}]",
    r"[\x41-\x5a\u00e9\x{1F600}-\x{1F64F}]+", r"(?i)[a-k]+'s|kelvin",
    r"\d{1,3}(?=(?:\d{3})*\b)", r"x{,2}y|[-a]+|[a-]+|[\s-]+",
]

WRITTEN = [
    "", " ", "\t\n", "a", "Hello, World!", "  two  spaces  ", "don't I'll we've 'Sun 'S",
    "Café NAÏVE Ångström", "cafe\u0301 a\u0323\u0307 a\u0307\u0323", "İstanbul ΣΑΣ ǅ ẞ",
    "北京 is 京都\u3000x", "가각\u1100\u1161\u11a8 \ud55c", "x²½Ⅷ٣ 12,345.6", "ﬁ ﷺ ℌ \u00a0\u2003 ①",
    "a\u0000b\u0007c\u007fd\u0085e\u00adf\ufffdg", "\u200b\u200d\ufeffz\u2028y\u2581w",
    "👨\u200d👩\u200d👧 🇩🇪🏳️\u200d🌈", "שָׁלוֹם عَرَبِيّ हिन्दी ไทยกำ", "\u0001 lead", "\u0301mark first",
    "``quoted'' -- _under_score", "a▁b ▁ c", "\ue000x\U000f0000y\U0001e900Z", "ʼn ŉ ǰ ΐ",
    "the final--countdown", "tab\tend \r\n",
    "I'LL we'Ve 'ſ K\u212aelvin's \n\n x  \n  y", "aaab abac aab xyxy's's 1234567 12 HTTPServer fooBar",
    "\u0e33x", "᠎\u180ea \u1e9b\u0323", "!!?? ...'s", "²x 3",
]

NORMALIZERS = [
    {"type": "NFC"}, {"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"}, {"type": "Lowercase"},
    {"type": "StripAccents"}, {"type": "Nmt"}, {"type": "ByteLevel"},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Strip", "strip_left": False, "strip_right": True},
    {"type": "Prepend", "prepend": "▁"},
    {"type": "Replace", "pattern": {"String": "``"}, "content": '"'},
    {"type": "Replace", "pattern": {"String": " "}, "content": ""},
    {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": "▁▁"},
    {"type": "Replace", "pattern": {"Regex": r"\s"}, "content": "_"},
    {"type": "Replace", "pattern": {"Regex": r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""},
     "content": ""},
    {"type": "Sequence", "normalizers": [
        {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]},
] + [
    {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
     "strip_accents": strip, "lowercase": lower}
    for clean in (True, False) for chinese in (True, False)
    for strip in (None, True, False) for lower in (True, False)
]

BEHAVIORS = ["Removed", "Isolated", "Contiguous", "MergedWithPrevious", "MergedWithNext"]

PRE_TOKENIZERS = [
    {"type": "BertPreTokenizer"}, {"type": "Whitespace"}, {"type": "WhitespaceSplit"},
    {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
    {"type": "Split", "pattern": {"Regex": CLIP}, "behavior": "Removed", "invert": True},
    {"type": "Split", "pattern": {"Regex": GPT2}, "behavior": "Isolated", "invert": False},
    {"type": "Split", "pattern": {"Regex": r"\s+"}, "behavior": "Removed", "invert": False},
    {"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"},
        {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True, "str_rep": "▁"}]},
    {"type": "Metaspace", "replacement": "_", "add_prefix_space": True},
] + [
    {"type": "Punctuation", "behavior": b} for b in BEHAVIORS
] + [
    {"type": "Split", "pattern": {"String": "-"}, "behavior": b, "invert": invert}
    for b in BEHAVIORS for invert in (False, True)
] + [
    {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}
    for prefix in (True, False) for regex in (True, False)
] + [
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}
    for scheme in ("always", "never", "first") for split in (True, False)
] + [
    {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    for regex in REGEXES
] + [{"type": "CharDelimiterSplit", "delimiter": "a"}, {"type": "FixedLength", "length": 3}]


def random_texts(count):
    pools = [
        list(range(0x20, 0x7F)), list(range(0xA0, 0x250)), list(range(0x300, 0x370)),
        list(range(0x370, 0x530)), list(range(0x5B0, 0x660)), list(range(0x900, 0x980)),
        list(range(0xE00, 0xE80)), list(range(0x1E00, 0x2070)), list(range(0x3040, 0x3100)),
        list(range(0x4E00, 0x4F00)), list(range(0xAC00, 0xAD00)), list(range(0xF900, 0xFFF0)),
        list(range(0x1F300, 0x1F650)), [0x20, 0x20, 0x9, 0x2D, 0x27],
    ]
    texts = []
    for _ in range(count):
        scalars = [random.choice(random.choice(pools)) for _ in range(random.randint(1, 14))]
        texts.append("".join(map(chr, scalars)))
    return texts


def pieces(kind, component, text):
    document = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None,
        "model": {"type": "BPE", "vocab": {}, "merges": []},
    }
    document[kind] = component
    tokenizer = Tokenizer.from_str(json.dumps(document))
    if kind == "normalizer":
        normal = tokenizer.normalizer.normalize_str(text)
        return [normal] if normal else []
    return [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]


def components(texts):
    return [
        {"kind": kind, "component": component, "pieces": [pieces(kind, component, t) for t in texts]}
        for kind, list_ in (("normalizer", NORMALIZERS), ("pre_tokenizer", PRE_TOKENIZERS))
        for component in list_
    ]


def bpe(fuse, fallback):
    vocabulary = {
        "<unk>": 0, "a": 1, "b": 2, "##b": 3, "ab": 4, "##a": 5, "a.": 6, "##b.": 7, "##b.b": 8,
    }
    if fallback:
        for byte in range(200):
            vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(
        vocabulary, [("a", "##b")], unk_token="<unk>", continuing_subword_prefix="##",
        end_of_word_suffix=".", fuse_unk=fuse, byte_fallback=fallback))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def ignoring_merges(ignores):
    vocabulary = {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5, "aa": 6}
    merges = [("b", "c"), ("a", "b"), ("a", "a")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=ignores))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def unigram(fallback):
    scored = [("<unk>", 0.0), ("▁", -2.0), ("a", -3.0), ("b", -4.0), ("ab", -5.0), ("▁a", -4.5)]
    if fallback:
        scored += [(f"<0x{byte:02X}>", -10.0) for byte in range(256)]
    tokenizer = Tokenizer(models.Unigram(scored, 0, fallback))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


def word_level():
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, "b": 2, "ab": 3, "é": 4}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def wordpiece_with_added_tokens():
    vocabulary = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4, "##b": 5, "##a": 6, "x": 7}
    tokenizer = Tokenizer(models.WordPiece(
        vocabulary, unk_token="[UNK]", max_input_chars_per_word=5))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
    tokenizer.add_tokens([
        AddedToken("<left>", lstrip=True, normalized=False),
        AddedToken("<right>", rstrip=True, normalized=False),
        AddedToken("<word>", single_word=True, normalized=False),
        AddedToken("one", single_word=True, normalized=True),
        AddedToken("ÉtÉ", normalized=True),
        AddedToken("one two", lstrip=True, rstrip=True, normalized=True),
        AddedToken("<left><right>", normalized=False),
    ])
    return tokenizer


ADDED = [
    "a<left>b", "a  <left>  b", "a  <right> \t b", "<right>  <left>", "a<word>b", "a <word> b",
    "<word>", "_<word>", "-<word>-", "é<word>", "one", "ONE.", "ones", "one two", "a  one\ttwo  b",
    "One Two", "a one two b", "été ETE éte", "x<left><right>x", "<left><left> <right><right> ",
    "[CLS] a [SEP]", "[cls]", "aaaaa aaaaaa ab ba xx", " ", "", "<lef", "\u3000<left>\u00a0",
]
LETTERS = ["", "a", "b", "ab", "aab abb", "abcabc aabcaa", "xab", "éa abé", "xx", "xxaxx", "aé漢b", "ab. .", "\u00ff\u0100"]


def pipelines():
    found = []
    for name, tokenizer, texts in [
        *((f"BPE, fuse_unk {f}, byte_fallback {b}", bpe(f, b), LETTERS)
          for f in (False, True) for b in (False, True)),
        *((f"BPE, ignore_merges {i}", ignoring_merges(i), LETTERS) for i in (False, True)),
        *((f"Unigram, byte_fallback {b}", unigram(b), LETTERS) for b in (False, True)),
        ("WordLevel", word_level(), LETTERS),
        ("added tokens", wordpiece_with_added_tokens(), ADDED),
    ]:
        cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]
        found.append({"name": name, "tokenizer": json.loads(tokenizer.to_str()), "cases": cases})
    return found


def main():
    random.seed(0)
    folder = pathlib.Path(sys.argv[1])
    texts = WRITTEN + random_texts(30)
    document = {"texts": texts, "components": components(texts)}
    (folder / "components.json").write_text(json.dumps(document, ensure_ascii=False))
    (folder / "pipelines.json").write_text(json.dumps(pipelines(), ensure_ascii=False))


if __name__ == "__main__":
    main()
