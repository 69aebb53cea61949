"""What a picture shows, before anybody draws it or speaks of it."""

from dataclasses import dataclass, replace
from random import Random

THINGS = (
    "whale fish boat house tree flower star heart car cat bird mushroom umbrella cup moon rocket "
    "apple balloon butterfly turtle rabbit duck kite hat bell crab snowman cake"
).split()
COLOURS = "red orange yellow green blue purple pink brown white black".split()
SETTINGS = "day night sunset sea meadow snow desert rain".split()
SMALL, ORDINARY, BIG = range(3)
BESIDE, ABOVE = "beside", "above"


@dataclass(frozen=True)
class Group:
    """One to three of the same thing in the same colour."""

    thing: str
    colour: str
    size: int = ORDINARY
    """Only a single thing is small or big."""
    count: int = 1


@dataclass(frozen=True)
class Scene:
    """One group, or two: the first is to the left of the second, or above it."""

    setting: str
    groups: tuple[Group, ...]
    relation: str | None = None

    def with_group(self, index: int, group: Group) -> "Scene":
        groups = list(self.groups)
        groups[index] = group
        return replace(self, groups=tuple(groups))


def random_group(random: Random, other_than: str | None = None) -> Group:
    count = random.choices((1, 2, 3), (65, 20, 15))[0]
    return Group(
        thing=random.choice([thing for thing in THINGS if thing != other_than]),
        colour=random.choice(COLOURS),
        size=random.choices((SMALL, ORDINARY, BIG), (20, 60, 20))[0] if count == 1 else ORDINARY,
        count=count,
    )


def random_scene(random: Random) -> Scene:
    setting = random.choice(SETTINGS)
    first = random_group(random)
    if random.random() < 0.45:
        return Scene(setting, (first,))
    second = random_group(random, other_than=first.thing)
    return Scene(setting, (first, second), random.choice((BESIDE, ABOVE)))
