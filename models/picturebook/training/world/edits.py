"""Edits: one change to a scene, and the words that ask for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from .scene import (
    ABOVE, BESIDE, BIG, COLOURS, ORDINARY, SETTINGS, SMALL, Group, Scene, random_group,
)  # fmt: skip
from .words import (
    CHINESE_COLOURS, CHINESE_SETTINGS, ENGLISH_SETTINGS, NAMES, chinese_noun, group_words, noun,
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    kind: str
    english: str
    chinese: str
    result: Scene


def random_edit(scene: Scene, random: Random) -> Edit:
    two = len(scene.groups) == 2
    kinds = ["setting", "recolour", "replace", "count", "remove" if two else "add"]
    if two:
        kinds.append("swap")
    if any(group.count == 1 for group in scene.groups):
        kinds.append("resize")
    kind = random.choice(kinds)
    result, english, chinese = EDITS[kind](scene, random)
    return Edit(kind, english, chinese, result)


Words = tuple[Scene, str, str]


def change_setting(scene: Scene, random: Random) -> Words:
    setting = random.choice([other for other in SETTINGS if other != scene.setting])
    english, chinese = (
        random.choice(ENGLISH_SETTINGS[setting]), random.choice(CHINESE_SETTINGS[setting]),
    )  # fmt: skip
    return (
        replace(scene, setting=setting),
        random.choice(("make it {}", "the same {}", "show it {}", "{} instead")).format(english),
        random.choice(("改成{}", "背景换成{}", "把背景换成{}", "换到{}")).format(chinese),
    )


def recolour(scene: Scene, random: Random) -> Words:
    index, group = pick(scene, random)
    colour = random.choice([other for other in COLOURS if other != group.colour])
    thing, chinese = noun(group, random), chinese_noun(group, random)
    return (
        scene.with_group(index, replace(group, colour=colour)),
        random.choice(("paint the {} {}", "make the {} {}", "turn the {} {}")).format(thing, colour),
        random.choice(("把{}涂成{}色", "把{}变成{}色", "{}改成{}色")).format(chinese, CHINESE_COLOURS[colour]),
    )


def replace_thing(scene: Scene, random: Random) -> Words:
    index, group = pick(scene, random)
    taken = {other.thing for other in scene.groups}
    new = replace(group, thing=random.choice([thing for thing in NAMES if thing not in taken]))
    old_noun, new_noun = noun(group, random), noun(new, random)
    with_article = new_noun if new.count > 1 else f"{'an' if new_noun[0] in 'aeiou' else 'a'} {new_noun}"
    template = random.choice(
        ("replace the {} with {}", "turn the {} into {}", "change the {} to {}", "swap the {} for {}")
    )
    return (
        scene.with_group(index, new),
        template.format(old_noun, with_article),
        random.choice(("把{}换成{}", "用{1}代替{0}", "把{}变成{}")).replace("{}", "{0}", 1)
        .replace("{}", "{1}", 1).format(chinese_noun(group, random), chinese_noun(new, random)),
    )  # fmt: skip


def remove(scene: Scene, random: Random) -> Words:
    index, group = pick(scene, random)
    kept = scene.groups[1 - index]
    return (
        Scene(scene.setting, (kept,)),
        random.choice(("remove the {}", "take away the {}", "without the {}")).format(noun(group, random)),
        random.choice(("去掉{}", "拿走{}", "不要{}")).format(chinese_noun(group, random)),
    )


PLACES = {
    (BESIDE, 0): ("on the left", "左边"),
    (BESIDE, 1): ("on the right", "右边"),
    (ABOVE, 0): ("above", "上面"),
    (ABOVE, 1): ("below", "下面"),
}


def add(scene: Scene, random: Random) -> Words:
    old = scene.groups[0]
    new = random_group(random, other_than=old.thing)
    relation, index = random.choice(list(PLACES))
    english_place, chinese_place = PLACES[relation, index]
    english, chinese = group_words(new, random)
    groups = (new, old) if index == 0 else (old, new)
    return (
        Scene(scene.setting, groups, relation),
        random.choice(("add {} {}", "put {} {}")).format(english, english_place),
        random.choice(("{}加{}", "在{}加上{}", "在{}放{}")).format(chinese_place, chinese),
    )


def resize(scene: Scene, random: Random) -> Words:
    index, group = pick(scene, random, [g for g in scene.groups if g.count == 1])
    size = random.choice([other for other in (SMALL, BIG) if other != group.size])
    english, chinese = (
        (("big", "large", "huge", "bigger"), "变大")
        if size == BIG
        else (("small", "little", "tiny", "smaller"), "变小")
    )
    return (
        scene.with_group(index, replace(group, size=size)),
        f"make the {noun(group, random)} {random.choice(english)}",
        f"{random.choice(('把', '让'))}{chinese_noun(group, random)}{chinese}",
    )


def change_count(scene: Scene, random: Random) -> Words:
    index, group = pick(scene, random)
    count = random.choice([other for other in (1, 2, 3) if other != group.count])
    new = replace(group, count=count, size=ORDINARY)
    number = {1: "one", 2: "two", 3: "three"}[count]
    chinese_number = {1: "一", 2: "两", 3: "三"}[count] + NAMES[group.thing][2]
    return (
        scene.with_group(index, new),
        random.choice(("make it {} {}", "show {} {}", "{} {} instead")).format(number, noun(new, random)),
        random.choice(("变成{}{}", "改成{}{}", "要{}{}")).format(chinese_number, chinese_noun(new, random)),
    )


def swap(scene: Scene, random: Random) -> Words:
    first, second = scene.groups
    if random.random() < 0.5:
        one, other = first, second
    else:
        one, other = second, first
    return (
        Scene(scene.setting, (second, first), scene.relation),
        random.choice(("let the {} and the {} change places", "exchange the {} and the {}"))
        .format(noun(one, random), noun(other, random)),
        random.choice(("交换{}和{}的位置", "{}和{}换位置"))
        .format(chinese_noun(one, random), chinese_noun(other, random)),
    )  # fmt: skip


def pick(scene: Scene, random: Random, among: list[Group] | None = None) -> tuple[int, Group]:
    group = random.choice(among or scene.groups)
    return scene.groups.index(group), group


EDITS: dict[str, Callable[[Scene, Random], Words]] = {
    "setting": change_setting,
    "recolour": recolour,
    "replace": replace_thing,
    "remove": remove,
    "add": add,
    "resize": resize,
    "count": change_count,
    "swap": swap,
}
