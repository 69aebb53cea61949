"""Captions, by template, in English and Chinese."""

from dataclasses import dataclass
from random import Random

from .scene import ABOVE, BESIDE, BIG, SMALL, Group, Scene

# Plural, Chinese name, its measure word.
NAMES: dict[str, tuple[str, str, str]] = {
    "whale": ("whales", "鲸鱼", "条"),
    "fish": ("fish", "鱼", "条"),
    "boat": ("boats", "船", "艘"),
    "house": ("houses", "房子", "座"),
    "tree": ("trees", "树", "棵"),
    "flower": ("flowers", "花", "朵"),
    "star": ("stars", "星星", "颗"),
    "heart": ("hearts", "爱心", "颗"),
    "car": ("cars", "汽车", "辆"),
    "cat": ("cats", "猫", "只"),
    "bird": ("birds", "鸟", "只"),
    "mushroom": ("mushrooms", "蘑菇", "个"),
    "umbrella": ("umbrellas", "雨伞", "把"),
    "cup": ("cups", "杯子", "个"),
    "moon": ("moons", "月亮", "个"),
    "rocket": ("rockets", "火箭", "枚"),
    "apple": ("apples", "苹果", "个"),
    "balloon": ("balloons", "气球", "个"),
    "butterfly": ("butterflies", "蝴蝶", "只"),
    "turtle": ("turtles", "乌龟", "只"),
    "rabbit": ("rabbits", "兔子", "只"),
    "duck": ("ducks", "鸭子", "只"),
    "kite": ("kites", "风筝", "只"),
    "hat": ("hats", "帽子", "顶"),
    "bell": ("bells", "铃铛", "个"),
    "crab": ("crabs", "螃蟹", "只"),
    "snowman": ("snowmen", "雪人", "个"),
    "cake": ("cakes", "蛋糕", "个"),
}
# Further names: what one also says. 蓝鲸 is a blue whale.
ALSO_ENGLISH = {"boat": ("ship", "ships"), "rabbit": ("bunny", "bunnies"), "cup": ("mug", "mugs")}
ALSO_CHINESE = {
    "whale": "鲸", "boat": "小船", "house": "屋子", "flower": "花朵", "star": "星", "heart": "心",
    "car": "车", "cat": "猫咪", "bird": "小鸟", "umbrella": "伞", "cup": "茶杯", "turtle": "龟",
    "rabbit": "兔", "duck": "鸭", "bell": "铃", "crab": "蟹", "tree": "大树", "hat": "帽",
}  # fmt: skip
CHINESE_COLOURS = {
    "red": "红", "orange": "橙", "yellow": "黄", "green": "绿", "blue": "蓝", "purple": "紫",
    "pink": "粉", "brown": "棕", "white": "白", "black": "黑",
}  # fmt: skip
ENGLISH_SETTINGS: dict[str, tuple[str, ...]] = {
    "day": ("by day", "in daylight", "on a bright day"),
    "night": ("at night", "in the dark night", "under the night sky"),
    "sunset": ("at sunset", "in the evening", "in the light of the evening sun"),
    "sea": ("at sea", "in the sea", "on the water"),
    "meadow": ("in a meadow", "on the meadow", "on the green grass"),
    "snow": ("in the snow", "on the snow", "in a snowy winter"),
    "desert": ("in the desert", "on the sand", "in a sandy desert"),
    "rain": ("in the rain", "on a rainy day", "in rainy weather"),
}
CHINESE_SETTINGS: dict[str, tuple[str, ...]] = {
    "day": ("白天", "晴天", "白天里"),
    "night": ("夜晚", "夜里", "夜空下"),
    "sunset": ("日落时", "傍晚", "夕阳下"),
    "sea": ("海上", "海里", "大海中"),
    "meadow": ("草地上", "绿草地上", "草原上"),
    "snow": ("雪地里", "雪中", "下雪时"),
    "desert": ("沙漠里", "沙漠中", "沙地上"),
    "rain": ("雨中", "雨天", "下雨时"),
}


@dataclass(frozen=True)
class Claim:
    """What a caption says: None where it is silent. A picture fits if nothing contradicts it."""

    setting: str | None
    groups: tuple[tuple[str, str | None, int | None, int | None], ...]
    """Thing, colour, size, count."""
    relation: str | None
    complete: bool = True
    """That there are no other things, as far as the caption goes."""


@dataclass(frozen=True)
class Caption:
    english: str
    chinese: str
    claim: Claim


def full_caption(scene: Scene, random: Random) -> Caption:
    """All there is to say."""
    english, chinese = zip(*(group_words(group, random) for group in scene.groups))
    claim = Claim(
        scene.setting, tuple((g.thing, g.colour, g.size, g.count) for g in scene.groups), scene.relation
    )
    return Caption(
        english_sentence(joined_english(english, scene.relation, random), scene.setting, random),
        chinese_sentence(joined_chinese(chinese, scene.relation, random), scene.setting, random),
        claim,
    )


def short_caption(scene: Scene, random: Random) -> Caption:
    """Some of it, as people ask: the setting or a colour is left out, or a thing."""
    kind = random.random()
    groups = scene.groups
    if kind < 0.3:  # everything but the setting
        english, chinese = zip(*(group_words(group, random) for group in groups))
        claim = Claim(None, tuple((g.thing, g.colour, g.size, g.count) for g in groups), scene.relation)
        return Caption(
            joined_english(english, scene.relation, random),
            joined_chinese(chinese, scene.relation, random), claim)
    if kind < 0.5:  # names and setting
        claim = Claim(scene.setting, tuple((g.thing, None, None, None) for g in groups), None)
        return Caption(
            english_sentence(" and ".join(noun(g, random) for g in groups), scene.setting, random),
            chinese_sentence("和".join(chinese_noun(g, random) for g in groups), scene.setting, random),
            claim)
    group = random.choice(groups)
    if kind < 0.75:  # one thing and its colour
        english = f"{group.colour} {noun(group, random)}"
        if group.count == 1 and random.random() < 0.5:
            english = f"{article(english)} {english}"
        chinese = chinese_coloured(group, random, bare=True)
        claim = Claim(None, ((group.thing, group.colour, None, None),), None, complete=False)
        return Caption(english, chinese, claim)
    if kind < 0.95:  # one thing
        english = noun(group, random)
        if group.count == 1 and random.random() < 0.5:
            english = f"{article(english)} {english}"
        claim = Claim(None, ((group.thing, None, None, None),), None, complete=False)
        return Caption(english, chinese_noun(group, random), claim)
    return Caption(
        random.choice(ENGLISH_SETTINGS[scene.setting]),
        random.choice(CHINESE_SETTINGS[scene.setting]),
        Claim(scene.setting, (), None, complete=False))


def article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"


def noun(group: Group, random: Random) -> str:
    names = (group.thing, NAMES[group.thing][0])
    if group.thing in ALSO_ENGLISH and random.random() < 0.2:
        names = ALSO_ENGLISH[group.thing]
    return names[group.count > 1]


def chinese_noun(group: Group, random: Random) -> str:
    if group.thing in ALSO_CHINESE and random.random() < 0.3:
        return ALSO_CHINESE[group.thing]
    return NAMES[group.thing][1]


def chinese_coloured(group: Group, random: Random, bare: bool = False) -> str:
    """红色的猫, 红猫: in the short form the short name stands too, 蓝鲸."""
    colour, name = CHINESE_COLOURS[group.colour], chinese_noun(group, random)
    return f"{colour}{name}" if random.random() < (0.5 if bare else 0.2) else f"{colour}色的{name}"


def group_words(group: Group, random: Random) -> tuple[str, str]:
    number = {1: "", 2: "two", 3: "three"}[group.count]
    size = {SMALL: random.choice(("small", "little", "tiny")), BIG: random.choice(("big", "large", "huge"))}
    english = " ".join(filter(None, (number, size.get(group.size, ""), group.colour, noun(group, random))))
    if group.count == 1:
        english = f"{article(english)} {english}"
    measure = NAMES[group.thing][2]
    chinese_size = {SMALL: "小小的", BIG: "很大的"}.get(group.size, "")
    number = {1: "一", 2: "两", 3: "三"}[group.count]
    return english, f"{number}{measure}{chinese_size}{chinese_coloured(group, random)}"


def joined_english(groups: tuple[str, ...] | list[str], relation: str | None, random: Random) -> str:
    if len(groups) == 1:
        return groups[0]
    first, second = groups
    forwards = random.random() < 0.5
    if relation == BESIDE:
        left = random.choice(("to the left of", "on the left of", "left of"))
        right = random.choice(("to the right of", "on the right of", "right of"))
        return f"{first} {left} {second}" if forwards else f"{second} {right} {first}"
    above, below = random.choice(("above", "over")), random.choice(("below", "under"))
    return f"{first} {above} {second}" if forwards else f"{second} {below} {first}"


def joined_chinese(groups: tuple[str, ...] | list[str], relation: str | None, random: Random) -> str:
    if len(groups) == 1:
        return groups[0]
    first, second = groups
    forwards = random.random() < 0.5
    place = {
        (BESIDE, True): ("左边", "左侧"), (BESIDE, False): ("右边", "右侧"),
        (ABOVE, True): ("上面", "上方"), (ABOVE, False): ("下面", "下方"),
    }[relation or BESIDE, forwards]  # fmt: skip
    one, other = (first, second) if forwards else (second, first)
    return f"{one}在{other}{random.choice(place)}"


def english_sentence(things: str, setting: str, random: Random) -> str:
    place = random.choice(ENGLISH_SETTINGS[setting])
    form = random.random()
    if form < 0.7:
        return f"{things} {place}"
    if form < 0.85:
        return f"{place}, {things}"
    return f"a picture of {things} {place}"


def chinese_sentence(things: str, setting: str, random: Random) -> str:
    place = random.choice(CHINESE_SETTINGS[setting])
    if "在" not in things and random.random() < 0.3:
        return f"{place}有{things}"
    if random.random() < 0.2:
        return f"{things}，{place}"
    return f"{place}的{things}" if random.random() < 0.5 else f"{place}，{things}"
