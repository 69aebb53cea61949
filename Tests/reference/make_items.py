"""Writes a few hundred sentences of many scripts and lengths, one JSON item a line.

    make_items.py OUT.jsonl

All were written for this purpose. What counts is the variety (scripts, punctuation, lengths from
nothing to beyond a model's limit), not the sense; the templates are filled in a fixed order.
"""

import argparse
import json
from itertools import product
from pathlib import Path

TEMPLATES: list[tuple[str, list[list[str]]]] = [
    ("The {} {} {}.", [
        ["old", "small", "blue", "sleepy"],
        ["whale", "lighthouse", "gardener", "train"],
        ["sings at night", "waits by the harbour", "never looked so bright", "came back in May"],
    ]),
    ("How do I {} {}?", [
        ["repair", "sell", "photograph", "understand"],
        ["a bicycle", "a second-hand piano", "the moon", "matrix multiplication"],
    ]),
    ("{}在{}{}。", [
        ["蓝鲸", "老师", "小猫", "火车"],
        ["海里", "图书馆", "窗边"],
        ["休息", "读一本很长的书", "等待天亮"],
    ]),
    ("{}は{}で{}。", [
        ["くじら", "先生", "ネコ", "私の友だち"],
        ["東京", "海のそば", "カフェ"],
        ["歌っています", "本を読みました"],
    ]),
    ("{} في {} {}", [
        ["المعلم", "القطة", "القطار القديم"],
        ["المدينة", "الحديقة"],
        ["ينتظر الصباح", "يقرأ كتابًا طويلًا؟"],
    ]),
    ("{} {} में {}।", [
        ["शिक्षक", "बिल्ली", "मेरा मित्र"], ["बगीचे", "शहर"], ["गाता है", "किताब पढ़ रहा है"],
    ]),
    ("{} {} {}.", [
        ["Старый учитель", "Синий кит", "Ёжик"],
        ["читает", "ищет", "не помнит"],
        ["длинную книгу", "дорогу домой"],
    ]),
    ("{}{}ใน{}", [["ครู", "แมวสีดำ"], ["อ่านหนังสือ", "นอนหลับ"], ["สวน", "ห้องสมุดใหญ่"]]),
    ("{}는 {}에서 {}.", [["고래", "선생님"], ["바다", "도서관"], ["노래한다", "책을 읽고 있어요"]]),
    ("Ο {} {} {}.", [["δάσκαλος", "Οδυσσέας"], ["διαβάζει", "ψάχνει"], ["ένα βιβλίο", "τον δρόμο"]]),
    ("{} {} {}.", [["הגננת", "החתול הכחול"], ["קוראת", "מחפש"], ["ספר ארוך", "את הדרך"]]),
    ("{} {} {}.", [
        ["Der müde Straßenmusiker", "Grüße aus Köln:"],
        ["sucht", "übersetzt"],
        ["einen Schlüssel", "fünfzig Bücher über Wale"],
    ]),
    ("{} {} {} !", [
        ["L’élève naïf", "Où est-ce que le garçon"], ["déçoit", "a vu"], ["son œuvre", "cet été"],
    ]),
    ("{} {} {}.", [
        ["Con cá voi xanh", "Người thầy giáo"], ["đang đọc", "tìm thấy"], ["quyển sách", "đường về"],
    ]),
    ("{} İstanbul'da {} {}.", [["Öğretmen", "Kırmızı balık"], ["bir çiçek", "ağır ağır"], ["arıyor"]]),
    ("def {}({}):\n    return {}  # {}", [
        ["dot", "load_all"], ["a, b", "*paths"], ["sum(x * y for x, y in zip(a, b))"], ["TBD?", "O(n)"],
    ]),
    ("SELECT {} FROM {} WHERE id = {};", [["*", "count(1)"], ["users", "\"Orders\""], ["42"]]),
    ("https://example.{}/{}?q={}#top", [
        ["org", "co.uk"], ["a/b_c", "~user/%7Efile.html"], ["caf%C3%A9", "x+y&lang=de-CH"],
    ]),
    ("{} costs {} {}", [["Tea", "One GPU hour"], ["$3.50", "€1,299.00", "¥500"], ["today", "(≈ 10 % more)"]]),
    ("{} {} {}", [["🐳", "👩‍🚀", "🇯🇵"], ["❤️", "→", "🤝🏽"], ["🌊", "5️⃣"]]),
]

ONE_OFFS = [
    "", " ", "a", "I", "?", "...", "!!!", "-", "0", "42", "3.14159", "鲸", "鲸鱼", "蓝鲸", "あ", "한",
    "é", "e\u0301", "ß", "ẞ", "ı", "İ", "ﬁne oﬃce", "Ω Ω", "½ cup", "x²+y²=z²", "№ 5", "™®©",
    "blue whale", "BLUE WHALE", "bLuE wHaLe", "blue  whale", "  blue whale  ", "blue\twhale",
    "blue\nwhale", "blue\u00a0whale", "blue\u200bwhale", "blue\u2028whale", "blue\u3000whale",
    "ｂｌｕｅ　ｗｈａｌｅ", "b l u e", "blue-whale", "blue_whale", "blue/whale", "bluewhale", "#bluewhale",
    "@whale", "whale's", "whales’", "“whale”", "«кит»", "「鯨」", "(whale)", "[whale]", "{whale}",
    "<whale/>", "[CLS]", "[SEP] [MASK] [UNK] [PAD]", "[cls]", "<s> </s> <mask>", "##ing", "\\n\\t",
    "don't can't won't it's", "U.S.A. vs. U.K.", "e.g., i.e., etc.", "C++ & C# and F#",
    "rock'n'roll", "1,000,000", "1.000.000,00", "10:45 p.m.", "2024-02-29T23:59:60Z",
    "+49 (0)30 1234-567", "192.0.2.1", "fe80::1%eth0", "someone@example.com", "C:\\Windows\\me.txt",
    "/usr/bin/env -S tool --flag=1", "{\"key\": [1, 2.5e-3, null]}", "<b>bold</b> &amp; plain",
    "for (int i = 0; i < n; ++i) { s += a[i]; }", "fn main() { println!(\"{:?}\", x?); }",
    "$E = mc^2$ and $\\int_0^1 x\\,dx$", "0xDEADBEEF", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "antidisestablishmentarianism", "Donaudampfschifffahrtsgesellschaftskapitän",
    "pneumonoultramicroscopicsilicovolcanoconiosis", "x" * 100, "x" * 101, "qwrtpsdfgh jklzxcvbnm",
    "datawhale开源组织的logo", "今天天气很好 today is fine", "iPhone15を買った", "Привет, world! 你好",
    "مرحبا world 123", "שלום 456 עולם", "नमस्ते दुनिया", "ಕನ್ನಡ ಭಾಷೆ", "தமிழ் மொழி", "తెలుగు భాష",
    "বাংলা ভাষা", "ગુજરાતી", "ਪੰਜਾਬੀ", "മലയാളം", "සිංහල", "ພາສາລາວ", "မြန်မာစာ", "ខ្មែរ", "ქართული ენა",
    "Հայոց լեզու", "አማርኛ ቋንቋ", "ᠮᠣᠩᠭᠣᠯ", "བོད་ཡིག", "ᏣᎳᎩ", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "𐍅𐌿𐌻𐍆𐌹𐌻𐌰", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𠀀𠀁𪜀", "Tiếng Việt",
    "čeština řeka žluť", "polszczyzna: zażółć gęślą jaźń", "română: țară și", "magyar: árvíztűrő",
    "íslenska: þú, ég", "Ñandú pingüino", "português: coração não", "Türkçe: ığdır", "suomi: yö",
    "👨‍👩‍👧‍👦", "🏳️‍🌈", "☃️", "🙂🙃🙂🙃", "¯\\_(ツ)_/¯", "( ͡° ͜ʖ ͡°)", "Z̶a̶l̶g̶o̶", "é" * 30,
    "\u202eright to left\u202c", "zero\u200cwidth\u200djoiners", "soft\u00adhyphen", "\ufeffBOM first",
    "control \x01\x02 characters", "replacement \ufffd character", "private \ue000 use",
]

PARAGRAPH = (
    "The harbour was quiet before the storm, and only two boats had come in. Nobody on the pier "
    "could say whether the third one had turned south or was still out there, counting waves. "
)
CHINESE = "港口在暴风雨来临之前很安静，只有两条船回来了。码头上没有人知道第三条船去了哪里。"
RUSSIAN = "Гавань была тиха перед бурей, и вернулись только две лодки; о третьей никто не знал. "
MIXED = "Release 2.0 (2026-05-01): naïve café → 20 % faster; см. раздел 3，更多细节见附录 A. "


def items() -> list[dict[str, str]]:
    found = [
        {"id": f"template-{index}", "text": template.format(*words)}
        for index, (template, slots) in enumerate(TEMPLATES)
        for words in product(*slots)
    ]
    found += [{"id": "one-off", "text": text} for text in ONE_OFFS]
    lengths = {
        "paragraph": (PARAGRAPH, range(40, 1200, 40)),
        "chinese": (CHINESE, range(10, 260, 25)),
        "russian": (RUSSIAN, range(20, 300, 35)),
        "mixed": (MIXED, range(25, 500, 45)),
        # Beyond every limit of a BERT: what is cut must be cut alike.
        "beyond": (PARAGRAPH, (1500, 4000)),
        "beyond-mixed": (MIXED, (2000,)),
    }
    for name, (text, ends) in lengths.items():
        found += [{"id": name, "text": (text * 40)[:end]} for end in ends]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    lines = [json.dumps(item, ensure_ascii=False) for item in items()]
    out.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} items")


if __name__ == "__main__":
    main()
