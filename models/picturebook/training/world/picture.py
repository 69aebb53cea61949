"""From a scene to a picture: the background, the places of the things, the things."""

from math import pi, sin
from random import Random

from PIL import Image, ImageDraw

from .pen import PAINTS, RGB, Pen, Point, mix
from .scene import ABOVE, Group, Scene
from .things import DRAWINGS

# The colours of the sky at the top and at the horizon, and of the ground near and far.
SKIES: dict[str, tuple[RGB, RGB]] = {
    "day": ((142, 200, 240), (226, 243, 250)),
    "night": ((22, 26, 62), (58, 62, 118)),
    "sunset": ((120, 84, 148), (255, 178, 112)),
    "sea": ((176, 216, 240), (232, 244, 248)),
    "meadow": ((164, 214, 240), (236, 248, 238)),
    "snow": ((186, 204, 224), (232, 238, 246)),
    "desert": ((246, 214, 160), (252, 240, 214)),
    "rain": ((112, 124, 142), (166, 178, 192)),
}
GROUNDS: dict[str, tuple[float, RGB, RGB]] = {
    "day": (0.86, (206, 214, 190), (190, 200, 176)),
    "night": (0.86, (40, 44, 78), (32, 34, 62)),
    "sunset": (0.84, (146, 84, 92), (112, 66, 84)),
    "sea": (0.46, (104, 176, 212), (46, 112, 168)),
    "meadow": (0.56, (160, 210, 118), (112, 176, 86)),
    "snow": (0.6, (250, 252, 255), (226, 234, 246)),
    "desert": (0.6, (238, 200, 130), (220, 170, 98)),
    "rain": (0.8, (118, 128, 122), (96, 106, 104)),
}


def draw_scene(scene: Scene, random: Random, side: int) -> Image.Image:
    """Drawn anew with each state of `random`: places, shades and clouds differ, the scene not."""
    image = background(scene.setting, random, side)
    draw = ImageDraw.Draw(image)
    for group, places in layout(scene, random):
        paint = shade(PAINTS[group.colour], random)
        mirrored = random.random() < 0.5
        for x, y, radius in places:
            radius *= random.uniform(0.94, 1.06)
            centre = (x * side, y * side)
            angle = random.uniform(-0.12, 0.12)
            DRAWINGS[group.thing](Pen(draw, centre, radius * side, paint, mirrored, angle))
    return image


def layout(scene: Scene, random: Random) -> list[tuple[Group, list[tuple[float, float, float]]]]:
    """The places of each group, as shares of the picture: centre and radius."""

    def jitter(amount: float) -> float:
        return random.uniform(-amount, amount)

    def spread(centre: Point, group: Group, radii: tuple[float, float, float], step: Point):
        """One, or a row along `step`."""
        if group.count == 1:
            return [(centre[0], centre[1], radii[group.size])]
        shifts = {2: (-0.5, 0.5), 3: (-1.0, 0.0, 1.0)}[group.count]
        radius = 0.46 * max(step) * (0.85 if group.count == 2 else 1.0)
        return [
            (centre[0] + s * step[0] + jitter(0.02), centre[1] + s * step[1] + jitter(0.02), radius)
            for s in shifts
        ]

    if len(scene.groups) == 1:
        group = scene.groups[0]
        slack = 0.05 if group.count > 1 or group.size == 2 else 0.14
        centre = (0.5 + jitter(slack), 0.54 + jitter(slack * 0.8))
        step = (0.42, 0.0) if group.count == 2 else (0.31, 0.0)
        return [(group, spread(centre, group, (0.15, 0.25, 0.38), step))]
    radii = (0.125, 0.18, 0.24)
    first, second = scene.groups
    if scene.relation == ABOVE:
        step = (0.3, 0.0)
        places = [(0.5 + jitter(0.12), 0.27 + jitter(0.02)), (0.5 + jitter(0.12), 0.75 + jitter(0.02))]
    else:
        step = (0.0, 0.29)
        places = [(0.26 + jitter(0.02), 0.53 + jitter(0.1)), (0.74 + jitter(0.02), 0.53 + jitter(0.1))]
    placed = []
    for group, (x, y) in zip((first, second), places):
        if group.count == 3:
            # Three need the whole length.
            x, y = (0.5, y) if scene.relation == ABOVE else (x, 0.5)
        placed.append((group, spread((x, y), group, radii, step)))
    return placed


def shade(paint: RGB, random: Random) -> RGB:
    lightness = random.uniform(-0.1, 0.1)
    target = (255, 255, 255) if lightness > 0 else (0, 0, 0)
    return mix(paint, target, abs(lightness))


def background(setting: str, random: Random, side: int) -> Image.Image:
    image = Image.new("RGB", (side, side))
    top, low = (shade(colour, random) for colour in SKIES[setting])
    horizon, far, near = GROUNDS[setting]
    horizon += random.uniform(-0.03, 0.03)
    strip = Image.new("RGB", (1, side))
    edge = round(horizon * side)
    strip.putdata(
        [mix(top, low, y / edge) for y in range(edge)]
        + [mix(far, near, y / (side - edge)) for y in range(side - edge)]
    )
    image.paste(strip.resize((side, side)))
    draw = ImageDraw.Draw(image)
    details = {
        "day": clouds, "night": night_sky, "sunset": low_sun, "sea": waves, "meadow": grass,
        "snow": snowfall, "desert": dunes, "rain": rainfall,
    }  # fmt: skip
    details[setting](draw, random, side, horizon)
    return image


def dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: RGB) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def clouds(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for _ in range(random.randint(2, 3)):
        x, y, size = random.random() * side, random.uniform(0.05, 0.4) * side, random.uniform(0.05, 0.08) * side
        for shift, lift, share in ((-1.3, 0.2, 0.7), (0, -0.2, 1), (1.3, 0.2, 0.75)):
            dot(draw, x + shift * size, y + lift * size, size * share, (250, 253, 255))


def night_sky(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for _ in range(26):
        x, y = random.random() * side, random.random() * horizon * side
        dot(draw, x, y, random.uniform(0.003, 0.009) * side, (246, 240, 206))


def low_sun(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    x, y = random.uniform(0.15, 0.85) * side, (horizon - 0.02) * side
    radius = random.uniform(0.12, 0.16) * side
    draw.pieslice((x - radius, y - radius, x + radius, y + radius), 180, 360, fill=(255, 226, 140))


def waves(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for row in range(6):
        y = horizon + 0.05 + row * 0.09
        phase, colour = random.random() * 2 * pi, (150, 206, 230) if row < 3 else (92, 156, 202)
        points = [
            (x * side / 20, (y + 0.012 * sin(x * 1.6 + phase)) * side) for x in range(21)
        ]
        draw.line(points, fill=colour, width=max(1, round(side * 0.012)))


def grass(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for _ in range(26):
        x, y = random.random() * side, random.uniform(horizon + 0.04, 0.99) * side
        height = random.uniform(0.03, 0.05) * side
        for lean in (-0.35, 0.0, 0.35):
            draw.line((x, y, x + lean * height, y - height), fill=(84, 150, 66), width=max(1, round(side * 0.008)))


def snowfall(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for _ in range(34):
        dot(draw, random.random() * side, random.random() * side, random.uniform(0.006, 0.013) * side, (255, 255, 255))


def dunes(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for row in range(3):
        y, phase = horizon + 0.06 + 0.12 * row, random.random() * 2 * pi
        points = [(x * side / 16, (y + 0.03 * sin(x * 0.5 + phase)) * side) for x in range(17)]
        draw.line(points, fill=(206, 152, 84), width=max(1, round(side * 0.012)))
    x = random.uniform(0.1, 0.9) * side
    dot(draw, x, 0.14 * side, 0.07 * side, (255, 246, 206))


def rainfall(draw: ImageDraw.ImageDraw, random: Random, side: int, horizon: float) -> None:
    for _ in range(44):
        x, y = random.random() * side, random.random() * side
        length = random.uniform(0.04, 0.07) * side
        draw.line((x, y, x - 0.35 * length, y + length), fill=(196, 212, 228), width=max(1, round(side * 0.008)))
