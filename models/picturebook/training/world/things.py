"""How each thing is drawn: most of it in its own colour, with a few details that stay."""

from collections.abc import Callable
from math import cos, pi, sin

from .pen import CREAM, INK, Pen

WOOD = (150, 108, 72)
LEAF = (96, 158, 84)
GLASS = (206, 232, 244)
BEAK = (245, 168, 66)


def whale(pen: Pen) -> None:
    pen.stroke([(-0.42, -0.3), (-0.42, -0.72), (-0.7, -0.86)], (130, 190, 232), 0.11)
    pen.stroke([(-0.42, -0.72), (-0.14, -0.86)], (130, 190, 232), 0.11)
    pen.smooth([(0.6, 0.1), (0.66, -0.3), (0.44, -0.6), (0.84, -0.46), (1.12, -0.64), (0.96, -0.2), (0.84, 0.2)])
    pen.smooth(
        [(-1.0, 0.2), (-0.94, -0.3), (-0.4, -0.46), (0.2, -0.3), (0.55, 0.0), (0.9, -0.16),
         (0.86, 0.3), (0.4, 0.66), (-0.5, 0.72), (-0.96, 0.56)]
    )
    pen.smooth([(-0.94, 0.32), (-0.3, 0.42), (0.3, 0.46), (0.1, 0.66), (-0.5, 0.7), (-0.88, 0.56)], pen.light, False)
    pen.smooth([(-0.16, 0.36), (0.22, 0.36), (0.3, 0.82), (0.0, 0.76)], pen.dark)
    pen.eye(-0.62, 0.06, 0.1)


def fish(pen: Pen) -> None:
    pen.shape([(0.4, 0.0), (1.0, -0.52), (0.86, 0.0), (1.0, 0.52)], pen.dark)
    pen.smooth([(-0.3, -0.4), (0.1, -0.82), (0.44, -0.3)], pen.dark)
    pen.disc(-0.16, 0, 0.78, 0.52)
    pen.stroke(pen.arc(-0.6, 0, 0.42, -0.33, 0.33), pen.dark, 0.07)
    pen.stroke(pen.arc(0.0, 0, 0.3, -0.4, 0.4), pen.light, 0.07)
    pen.eye(-0.6, -0.12, 0.11)


def boat(pen: Pen) -> None:
    pen.stroke([(0, 0.3), (0, -0.98)], WOOD, 0.1)
    pen.shape([(0.1, -0.92), (0.8, 0.16), (0.1, 0.16)], CREAM)
    pen.shape([(-0.1, -0.7), (-0.1, 0.16), (-0.62, 0.16)])
    pen.shape([(-1.0, 0.28), (1.0, 0.28), (0.64, 0.86), (-0.64, 0.86)])
    pen.stroke([(-0.84, 0.48), (0.84, 0.48)], pen.light, 0.09)


def house(pen: Pen) -> None:
    pen.box(0.36, -0.86, 0.6, -0.3, pen.dark)
    pen.box(-0.72, -0.1, 0.72, 0.88)
    pen.shape([(-0.98, -0.08), (0, -0.92), (0.98, -0.08)], pen.dark)
    pen.box(-0.18, 0.34, 0.18, 0.88, WOOD)
    pen.box(-0.58, 0.12, -0.3, 0.42, (255, 240, 170))
    pen.box(0.3, 0.12, 0.58, 0.42, (255, 240, 170))


def tree(pen: Pen) -> None:
    pen.shape([(-0.16, 0.1), (0.16, 0.1), (0.24, 0.96), (-0.24, 0.96)], WOOD)
    for x, y, r in ((-0.42, 0.02, 0.44), (0.42, 0.02, 0.44), (0, -0.44, 0.52)):
        pen.disc(x, y, r)
    pen.disc(0, -0.14, 0.46, line=False)
    for x, y in ((-0.42, -0.1), (0.1, -0.6), (0.4, 0.1), (-0.08, -0.1)):
        pen.disc(x, y, 0.09, fill=pen.light, line=False)


def flower(pen: Pen) -> None:
    pen.stroke([(0, 0), (0.04, 0.96)], LEAF, 0.12)
    pen.smooth([(0.04, 0.76), (0.3, 0.4), (0.62, 0.42), (0.4, 0.72)], LEAF)
    for petal in range(6):
        turn = pi * petal / 3
        pen.disc(0.42 * cos(turn), -0.34 + 0.42 * sin(turn), 0.27)
    pen.disc(0, -0.34, 0.24, fill=(250, 206, 92))


def star(pen: Pen) -> None:
    pen.shape(
        [(r * sin(pi * i / 5), 0.08 - r * cos(pi * i / 5)) for i, r in enumerate((1.0, 0.44) * 5)]
    )
    pen.disc(-0.16, 0.04, 0.07, fill=pen.line, line=False)
    pen.disc(0.16, 0.04, 0.07, fill=pen.line, line=False)
    pen.stroke(pen.arc(0, 0.16, 0.15, 0.1, 0.9), width=0.07)


def heart(pen: Pen) -> None:
    pen.smooth(
        [(0, -0.5), (0.3, -0.9), (0.84, -0.82), (1.02, -0.3), (0.7, 0.26), (0.04, 0.98),
         (-0.04, 0.98), (-0.7, 0.26), (-1.02, -0.3), (-0.84, -0.82), (-0.3, -0.9)]
    )
    pen.disc(-0.44, -0.4, 0.2, 0.14, fill=pen.light, line=False)


def car(pen: Pen) -> None:
    pen.smooth([(-0.62, 0.1), (-0.42, -0.5), (0.34, -0.5), (0.66, 0.1)])
    pen.smooth([(-0.42, 0.04), (-0.3, -0.34), (-0.04, -0.34), (-0.04, 0.04)], GLASS)
    pen.smooth([(0.06, 0.04), (0.06, -0.34), (0.26, -0.34), (0.44, 0.04)], GLASS)
    pen.smooth([(-1.04, 0.0), (-0.5, -0.06), (0.6, -0.06), (1.04, 0.06), (1.04, 0.52), (-1.04, 0.52)])
    for x in (-0.52, 0.52):
        pen.disc(x, 0.5, 0.27, fill=INK)
        pen.disc(x, 0.5, 0.11, fill=(210, 210, 214), line=False)
    pen.disc(-0.9, 0.16, 0.09, fill=(255, 240, 170), line=False)


def cat(pen: Pen) -> None:
    pen.stroke([(0.5, 0.7), (0.86, 0.6), (0.9, 0.1)], pen.line, 0.2)
    pen.stroke([(0.5, 0.7), (0.86, 0.6), (0.9, 0.1)], pen.body, 0.12)
    pen.disc(0.06, 0.52, 0.54, 0.46)
    pen.shape([(-0.56, -0.3), (-0.6, -0.98), (-0.06, -0.62)])
    pen.shape([(0.56, -0.3), (0.6, -0.98), (0.06, -0.62)])
    pen.disc(0, -0.24, 0.62, 0.5)
    pen.eye(-0.24, -0.28, 0.1)
    pen.eye(0.24, -0.28, 0.1)
    pen.shape([(-0.09, -0.1), (0.09, -0.1), (0, 0.02)], (240, 140, 150), False)
    for side in (-1, 1):
        pen.stroke([(side * 0.3, -0.02), (side * 0.8, -0.1)], width=0.04)
        pen.stroke([(side * 0.3, 0.04), (side * 0.78, 0.1)], width=0.04)


def bird(pen: Pen) -> None:
    pen.shape([(0.4, 0.06), (1.04, -0.2), (0.98, 0.3)], pen.dark)
    pen.stroke([(-0.1, 0.5), (-0.16, 0.94)], BEAK, 0.08)
    pen.stroke([(0.12, 0.5), (0.1, 0.94)], BEAK, 0.08)
    pen.disc(0.06, 0.14, 0.6, 0.46)
    pen.disc(-0.44, -0.36, 0.38)
    pen.shape([(-0.76, -0.48), (-1.1, -0.3), (-0.76, -0.2)], BEAK)
    pen.smooth([(-0.16, -0.04), (0.3, -0.24), (0.7, 0.2), (0.1, 0.4)], pen.dark)
    pen.eye(-0.52, -0.42, 0.09)


def mushroom(pen: Pen) -> None:
    pen.smooth([(-0.28, -0.1), (0.28, -0.1), (0.36, 0.92), (-0.36, 0.92)], CREAM)
    pen.smooth([(-1.06, 0.14), (-0.9, -0.6), (-0.3, -0.96), (0.3, -0.96), (0.9, -0.6), (1.06, 0.14)])
    for x, y, r in ((-0.5, -0.22, 0.16), (0.08, -0.56, 0.17), (0.54, -0.16, 0.14), (0.0, -0.06, 0.1)):
        pen.disc(x, y, r, fill=(255, 255, 255) if pen.light != pen.body else CREAM, line=False)


def umbrella(pen: Pen) -> None:
    pen.stroke([(0, -0.9), (0, 0.7)] + pen.arc(0.16, 0.7, 0.16, 1.0, 0.0), WOOD, 0.1)
    dome = pen.arc(0, 0.0, 1.0, 1.0, 2.0, 0.84)
    scallops = [
        point for x in (0.75, 0.25, -0.25, -0.75) for point in pen.arc(x, 0.0, 0.25, 2.0, 1.0, 0.6)
    ]
    pen.shape(dome + scallops)
    for x in (-0.5, 0.0, 0.5):
        pen.stroke([(0, -0.82), (x, -0.06)], pen.dark, 0.06)


def cup(pen: Pen) -> None:
    pen.stroke(pen.arc(0.6, 0.16, 0.32, -0.5, 0.5), pen.line, 0.26)
    pen.stroke(pen.arc(0.6, 0.16, 0.32, -0.5, 0.5), pen.body, 0.14)
    pen.smooth([(-0.72, -0.3), (0.64, -0.3), (0.6, 0.4), (0.36, 0.9), (-0.44, 0.9), (-0.68, 0.4)])
    pen.disc(-0.04, -0.28, 0.62, 0.16, fill=WOOD)
    for x in (-0.3, 0.14):
        pen.stroke([(x, -0.5), (x + 0.1, -0.66), (x, -0.8), (x + 0.1, -0.96)], (214, 214, 222), 0.08)


def moon(pen: Pen) -> None:
    outer = pen.arc(0.12, 0, 0.96, 0.3, 1.7)
    inner = pen.arc(0.44, 0, 0.8, 1.62, 0.38)
    pen.shape(outer + inner)
    pen.eye(-0.5, -0.16, 0.09)
    pen.stroke(pen.arc(-0.5, 0.16, 0.16, 0.1, 0.6), width=0.06)


def rocket(pen: Pen) -> None:
    pen.smooth([(-0.2, 0.6), (0.2, 0.6), (0.12, 0.86), (0, 1.08), (-0.12, 0.86)], (250, 176, 60))
    pen.shape([(-0.34, 0.1), (-0.72, 0.72), (-0.3, 0.62)], pen.dark)
    pen.shape([(0.34, 0.1), (0.72, 0.72), (0.3, 0.62)], pen.dark)
    pen.smooth([(0, -1.12), (0.36, -0.6), (0.4, 0.2), (0.28, 0.7), (-0.28, 0.7), (-0.4, 0.2), (-0.36, -0.6)])
    pen.disc(0, -0.22, 0.19, fill=GLASS)
    pen.stroke([(-0.34, 0.4), (0.34, 0.4)], pen.light, 0.08)


def apple(pen: Pen) -> None:
    pen.stroke([(0, -0.4), (0.1, -0.9)], WOOD, 0.12)
    pen.smooth([(0.1, -0.62), (0.34, -0.98), (0.74, -0.9), (0.5, -0.6)], LEAF)
    pen.smooth(
        [(0, -0.36), (0.5, -0.62), (0.98, -0.2), (0.8, 0.56), (0.36, 0.98), (0, 0.8), (-0.36, 0.98),
         (-0.8, 0.56), (-0.98, -0.2), (-0.5, -0.62)]
    )
    pen.disc(-0.46, -0.06, 0.13, 0.2, fill=pen.light, line=False)


def balloon(pen: Pen) -> None:
    pen.stroke([(0, 0.5), (0.1, 0.66), (-0.06, 0.84), (0.04, 1.0)], (120, 116, 128), 0.06)
    pen.shape([(0, 0.36), (0.14, 0.58), (-0.14, 0.58)], pen.dark)
    pen.disc(0, -0.28, 0.6, 0.7)
    pen.disc(-0.22, -0.54, 0.12, 0.2, fill=pen.light, line=False)


def butterfly(pen: Pen) -> None:
    for side in (-1, 1):
        pen.stroke([(0, -0.4), (side * 0.28, -0.86)], width=0.06)
        pen.smooth([(0, -0.2), (side * 0.5, -0.86), (side * 1.1, -0.72), (side * 0.9, 0.02), (0, 0.1)])
        pen.smooth([(0, 0.0), (side * 0.84, 0.06), (side * 0.8, 0.78), (side * 0.3, 0.8), (0, 0.3)], pen.dark)
        pen.disc(side * 0.62, -0.4, 0.16, fill=pen.light, line=False)
    pen.disc(0, 0.06, 0.11, 0.54, fill=INK)


def turtle(pen: Pen) -> None:
    for x in (-0.46, 0.42):
        pen.disc(x, 0.54, 0.19, 0.26, fill=pen.light)
    pen.disc(-0.82, 0.06, 0.27, 0.24, fill=pen.light)
    pen.shape([(0.66, 0.32), (1.04, 0.46), (0.66, 0.52)], pen.light)
    pen.shape(pen.arc(0, 0.42, 0.76, 1.0, 2.0, 1.15))
    for x, y in ((0, -0.14), (-0.36, 0.14), (0.36, 0.14)):
        pen.disc(x, y, 0.15, fill=pen.dark, line=False)
    pen.eye(-0.9, 0.0, 0.07)


def rabbit(pen: Pen) -> None:
    for x in (-0.26, 0.26):
        pen.disc(x, -0.62, 0.18, 0.44)
        pen.disc(x, -0.58, 0.08, 0.3, fill=(246, 190, 200), line=False)
    pen.disc(0.5, 0.64, 0.18, fill=CREAM)
    pen.disc(0, 0.58, 0.5, 0.4)
    pen.disc(0, 0.0, 0.5, 0.42)
    pen.eye(-0.2, -0.06, 0.09)
    pen.eye(0.2, -0.06, 0.09)
    pen.disc(0, 0.12, 0.07, 0.05, fill=(236, 120, 140), line=False)
    pen.box(-0.07, 0.2, 0.07, 0.32, (255, 255, 255))


def duck(pen: Pen) -> None:
    pen.smooth([(-0.56, 0.2), (0.3, 0.16), (1.06, -0.16), (0.9, 0.5), (0.5, 0.84), (-0.4, 0.84), (-0.7, 0.56)])
    pen.disc(-0.4, -0.3, 0.42)
    pen.smooth([(-0.7, -0.38), (-1.14, -0.26), (-1.12, -0.06), (-0.68, -0.1)], BEAK)
    pen.smooth([(-0.16, 0.34), (0.5, 0.24), (0.5, 0.66), (0.0, 0.66)], pen.dark)
    pen.eye(-0.48, -0.4, 0.09)


def kite(pen: Pen) -> None:
    pen.stroke([(0, 0.44), (0.2, 0.66), (0.0, 0.82), (0.2, 1.0)], (120, 116, 128), 0.06)
    pen.shape([(0, -1.0), (0.66, -0.3), (0, 0.5), (-0.66, -0.3)])
    pen.shape([(0, -1.0), (0.66, -0.3), (0, -0.3)], pen.light)
    pen.shape([(0, 0.5), (-0.66, -0.3), (0, -0.3)], pen.dark)


def hat(pen: Pen) -> None:
    pen.shape([(-0.56, 0.5), (-0.5, -0.78), (0.5, -0.78), (0.56, 0.5)])
    pen.shape([(-0.56, 0.46), (-0.55, 0.14), (0.55, 0.14), (0.56, 0.46)], pen.light)
    pen.disc(0, 0.56, 1.0, 0.22)


def bell(pen: Pen) -> None:
    pen.disc(0, 0.72, 0.2, fill=pen.dark)
    pen.disc(0, -0.82, 0.15, fill=pen.dark)
    pen.smooth(
        [(-0.16, -0.8), (0.16, -0.8), (0.5, -0.5), (0.56, 0.2), (0.96, 0.7), (-0.96, 0.7), (-0.56, 0.2), (-0.5, -0.5)]
    )
    pen.stroke([(-0.66, 0.4), (0.66, 0.4)], pen.light, 0.1)
    pen.disc(-0.26, -0.26, 0.1, 0.22, fill=pen.light, line=False)


def crab(pen: Pen) -> None:
    for side in (-1, 1):
        for y in (0.3, 0.5, 0.68):
            pen.stroke([(side * 0.5, y - 0.16), (side * 0.86, y - 0.08), (side * 0.94, y + 0.2)], pen.dark, 0.1)
        pen.stroke([(side * 0.5, 0.06), (side * 0.82, -0.14)], pen.dark, 0.16)
        pen.shape([(side * 0.82, -0.08), (side * 0.5, -0.46), (side * 0.66, -0.84), (side * 0.82, -0.5),
                   (side * 1.04, -0.8), (side * 1.08, -0.36)])
        pen.stroke([(side * 0.2, -0.1), (side * 0.22, -0.4)], pen.dark, 0.08)
    pen.disc(0, 0.28, 0.66, 0.46)
    pen.eye(-0.22, -0.42, 0.11)
    pen.eye(0.22, -0.42, 0.11)
    pen.stroke(pen.arc(0, 0.3, 0.24, 0.1, 0.9), width=0.07)


def snowman(pen: Pen) -> None:
    pen.disc(0, 0.46, 0.56, 0.52)
    pen.disc(0, -0.34, 0.4)
    pen.box(-0.34, -0.76, 0.34, -0.66, INK)
    pen.box(-0.22, -1.06, 0.22, -0.72, INK)
    pen.shape([(0, -0.32), (-0.4, -0.24), (0, -0.2)], BEAK, False)
    pen.disc(-0.14, -0.44, 0.06, fill=INK, line=False)
    pen.disc(0.14, -0.44, 0.06, fill=INK, line=False)
    pen.stroke([(-0.34, -0.02), (0.34, -0.02), (0.44, 0.3)], (214, 84, 84), 0.14)
    for y in (0.28, 0.52):
        pen.disc(0, y, 0.06, fill=INK, line=False)


def cake(pen: Pen) -> None:
    for x in (-0.4, 0.0, 0.4):
        pen.stroke([(x, -0.3), (x, -0.7)], CREAM, 0.13)
        pen.disc(x, -0.84, 0.09, 0.13, fill=(250, 190, 70), line=False)
    pen.box(-0.9, 0.22, 0.9, 0.84)
    pen.box(-0.66, -0.32, 0.66, 0.24)
    pen.stroke([(-0.66, -0.24), (0.66, -0.24)], pen.light, 0.16)
    pen.stroke([(-0.9, 0.32), (0.9, 0.32)], pen.light, 0.16)


DRAWINGS: dict[str, Callable[[Pen], None]] = {
    drawing.__name__: drawing
    for drawing in (
        whale, fish, boat, house, tree, flower, star, heart, car, cat, bird, mushroom, umbrella,
        cup, moon, rocket, apple, balloon, butterfly, turtle, rabbit, duck, kite, hat, bell, crab,
        snowman, cake,
    )
}  # fmt: skip
