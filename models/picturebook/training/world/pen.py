"""A pen that draws in the coordinates of a thing: x to the right, y down, both from -1 to 1."""

from collections.abc import Sequence
from math import cos, pi, sin

from PIL import ImageDraw

Point = tuple[float, float]
RGB = tuple[int, int, int]

PAINTS: dict[str, RGB] = {
    "red": (222, 62, 58),
    "orange": (243, 145, 50),
    "yellow": (250, 214, 76),
    "green": (88, 172, 88),
    "blue": (66, 118, 214),
    "purple": (140, 88, 188),
    "pink": (246, 158, 192),
    "brown": (146, 96, 60),
    "white": (247, 246, 242),
    "black": (56, 54, 62),
}
INK: RGB = (48, 44, 58)
CREAM: RGB = (255, 248, 230)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`share` of b in a."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b))
    return red, green, blue


class Pen:
    def __init__(
        self,
        draw: ImageDraw.ImageDraw,
        centre: Point,
        radius: float,
        paint: RGB,
        mirrored: bool = False,
        angle: float = 0.0,
    ) -> None:
        self.draw = draw
        self.centre = centre
        self.radius = radius
        self.flip = -1.0 if mirrored else 1.0
        self.cos, self.sin = cos(angle), sin(angle)
        self.body = paint
        self.dark = mix(paint, (20, 16, 40), 0.28)
        self.light = mix(paint, (255, 255, 255), 0.45)
        dark_paint = sum(paint) < 230
        # Black things need a bright line to be seen at night.
        self.line = mix(paint, (255, 255, 255), 0.55) if dark_paint else mix(paint, INK, 0.72)
        self.width = max(1, round(radius * 0.075))

    def place(self, x: float, y: float) -> Point:
        x *= self.flip
        return (
            self.centre[0] + self.radius * (x * self.cos - y * self.sin),
            self.centre[1] + self.radius * (x * self.sin + y * self.cos),
        )

    def shape(self, points: Sequence[Point], fill: RGB | None = None, line: bool = True) -> None:
        """A polygon in the body's colour, unless told otherwise."""
        placed = [self.place(*point) for point in points]
        self.draw.polygon(placed, fill=fill or self.body)
        if line:
            self.draw.line(placed + placed[:2], fill=self.line, width=self.width, joint="curve")

    def smooth(self, points: Sequence[Point], fill: RGB | None = None, line: bool = True) -> None:
        """The same with its corners cut twice (Chaikin's curve)."""
        for _ in range(2):
            following = [*points[1:], points[0]]
            points = [
                (ax + (bx - ax) * t, ay + (by - ay) * t)
                for (ax, ay), (bx, by) in zip(points, following)
                for t in (0.25, 0.75)
            ]
        self.shape(points, fill, line)

    def disc(
        self,
        x: float,
        y: float,
        width: float,
        height: float | None = None,
        fill: RGB | None = None,
        line: bool = True,
    ) -> None:
        """An ellipse by its half axes."""
        height = width if height is None else height
        steps = 28 if width > 0.2 else 14
        turns = [2 * pi * step / steps for step in range(steps)]
        self.shape([(x + width * cos(t), y + height * sin(t)) for t in turns], fill, line)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: RGB | None = None) -> None:
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill)

    def arc(
        self, x: float, y: float, radius: float, start: float, end: float, height: float = 1.0
    ) -> list[Point]:
        """Points on an arc; angles in half turns, clockwise from the right."""
        turns = [pi * (start + (end - start) * step / 14) for step in range(15)]
        return [(x + radius * cos(t), y + radius * height * sin(t)) for t in turns]

    def stroke(self, points: Sequence[Point], fill: RGB | None = None, width: float = 0.08) -> None:
        placed = [self.place(*point) for point in points]
        pixels = max(1, round(self.radius * width))
        self.draw.line(placed, fill=fill or self.line, width=pixels, joint="curve")

    def eye(self, x: float, y: float, radius: float = 0.1) -> None:
        self.disc(x, y, radius * 1.25, fill=(255, 255, 255), line=False)
        self.disc(x + radius * 0.2, y, radius * 0.8, fill=INK, line=False)
