"""Asks HF tokenizers what it knows about each scalar value.

The library links several Unicode tables of different ages (Rust's own, the regex crate's,
Oniguruma's, two small crates' that were frozen years ago). None of them is documented, all of them
show in the ids; so the tables are read off the library's behaviour, one scalar at a time.
"""

import functools

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def _normalized(normalizer):
    return {c: normalizer.normalize_str(chr(c)) for c in SCALARS}


def _members(pre_tokenizer, is_member):
    """The scalars X for which `is_member` holds of the pieces of "aXa"."""
    found = []
    for c in SCALARS:
        pieces = [piece for piece, _ in pre_tokenizer.pre_tokenize_str(f"a{chr(c)}a")]
        if is_member(pieces):
            found.append(c)
    return found


def removed_by_clean_text():
    """Cc, Cf and Co, except tab and line ends (and U+0000, U+FFFD)."""
    clean = normalizers.BertNormalizer(True, False, False, False)
    return [c for c, text in _normalized(clean).items() if text == ""]


def nonspacing_marks():
    strip = normalizers.BertNormalizer(False, False, True, False)
    return [c for c, text in _normalized(strip).items() if text == ""]


def combining_marks():
    return [c for c, text in _normalized(normalizers.StripAccents()).items() if text == ""]


def punctuation():
    return _members(pre_tokenizers.Punctuation("isolated"), lambda p: len(p) == 3)


def white_space():
    return _members(pre_tokenizers.WhitespaceSplit(), lambda p: p == ["a", "a"])


def numeric():
    return _members(pre_tokenizers.Digits(individual_digits=True), lambda p: len(p) == 3)


def word_characters():
    return _members(pre_tokenizers.Whitespace(), lambda p: len(p) == 1)


def regex_white_space():
    return _members(pre_tokenizers.Whitespace(), lambda p: p == ["a", "a"])


def oniguruma(pattern):
    # "aXa" would confuse \p{L}, as "a" is a letter itself: look at X alone.
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return [c for c in SCALARS if not split.pre_tokenize_str(chr(c))]


CATEGORIES = (
    "Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs"
).split()


@functools.cache
def character_classes():
    """Of each scalar what Oniguruma's patterns can tell: its general category, and behind a dot
    "h" for Han, "s" for white space and "w" for a word character."""
    flags = {"h": oniguruma(r"\p{Han}"), "s": oniguruma(r"\s"), "w": oniguruma(r"\w")}
    found = {}
    for category in CATEGORIES:
        for c in oniguruma(r"\p{%s}" % category):
            assert c not in found
            found[c] = category
    assert len(found) == len(SCALARS)
    assert oniguruma(r"\d") == [c for c in SCALARS if found[c] == "Nd"]
    suffixes = {}
    for flag, scalars in flags.items():
        for c in scalars:
            suffixes[c] = suffixes.get(c, "") + flag
    return {c: name + (f".{suffixes[c]}" if c in suffixes else "") for c, name in found.items()}


def lowercase():
    return {c: t for c, t in _normalized(normalizers.Lowercase()).items() if t != chr(c)}


HANGUL = range(0xAC00, 0xAC00 + 11172)


@functools.cache
def decompositions(form):
    """Full decompositions by "NFD" or "NFKD", without Hangul's, which are arithmetic."""
    normalizer = getattr(normalizers, form)()
    return {
        c: t for c, t in _normalized(normalizer).items() if t != chr(c) and c not in HANGUL
    }


def compositions():
    """(first, second) → composite, as NFC composes them, without Hangul's."""
    nfc = normalizers.NFC().normalize_str
    pairs = {}
    for composite, text in decompositions("NFD").items():
        if len(text) < 2:
            continue
        first = nfc(text[:-1])
        if len(first) == 1 and nfc(first + text[-1]) == chr(composite):
            pairs[(ord(first), ord(text[-1]))] = composite
    return pairs


def combining_classes():
    """Canonical combining classes, found by where NFD moves a scalar among known marks."""
    nfd = normalizers.NFD().normalize_str
    known = {
        1: 0x334, 7: 0x93C, 8: 0x3099, 9: 0x94D, 10: 0x5B0, 11: 0x5B1, 12: 0x5B2, 13: 0x5B3,
        14: 0x5B4, 15: 0x5B5, 16: 0x5B6, 17: 0x5B7, 18: 0x5B8, 19: 0x5B9, 20: 0x5BB, 21: 0x5BC,
        22: 0x5BD, 23: 0x5BF, 24: 0x5C1, 25: 0x5C2, 26: 0xFB1E, 27: 0x64B, 28: 0x64C, 29: 0x64D,
        30: 0x64E, 31: 0x64F, 32: 0x650, 33: 0x651, 34: 0x652, 35: 0x670, 36: 0x711, 84: 0xC55,
        91: 0xC56, 103: 0xE38, 107: 0xE48, 118: 0xEB8, 122: 0xEC8, 129: 0xF71, 130: 0xF72,
        132: 0xF74, 202: 0x321, 214: 0x1DCE, 216: 0x31B, 218: 0x302A, 220: 0x316, 222: 0x59A,
        224: 0x302E, 226: 0x1D16D, 228: 0x5AE, 230: 0x301, 232: 0x315, 233: 0x35C, 234: 0x35D,
        240: 0x345,
    }
    known = {n: chr(c) for n, c in known.items()}
    low, high = known[1], known[240]
    classes = {}
    decomposed = decompositions("NFD")
    for c in SCALARS:
        x = chr(c)
        if c in decomposed or c in HANGUL:
            continue
        after_low = nfd(x + low) == low + x
        before_high = nfd(high + x) == x + high
        if not after_low and not before_high:
            continue
        exact = [
            n for n, m in known.items() if nfd(x + m) == x + m and nfd(m + x) == m + x
        ]
        assert len(exact) == 1, (hex(c), exact)
        classes[c] = exact[0]
    return classes


VERSION = tokenizers.__version__
