"""Draws what a pass costs: against the tokens of one text, and against texts computed together.

    python3 Benchmarks/cost/cost.py --model bge-m3-converted [--precision float32] [--threads 2]

Runs `tessera bench` and writes Benchmarks/cost/cost.svg and, beside it, the figures as cost.json;
`--draw` draws anew from these figures. Plain Python, no packages. Lengths beyond the model's limit
are left out; 8,192 tokens need BGE-M3 or Visualized-BGE M3.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOKENS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
BATCHES = [1, 2, 4, 8, 16, 32, 64]
BATCH_TOKENS = 128
PRECISIONS = ["float32", "bfloat16", "int8"]


def milliseconds(options: argparse.Namespace, workload: str, precision: str) -> float | None:
    """The median of some repetitions; nil where the model or the processor cannot."""
    command = [
        str(options.tessera), "bench", "-m", str(options.model), "--workload", workload,
        "--precision", precision, "--threads", str(options.threads), "--seconds",
        str(options.seconds), "--repetitions", "1", "--format", "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{workload} {precision}: {done.stderr.strip()}", file=sys.stderr)
        return None
    value = json.loads(done.stdout)["median_ms"]
    print(f"{workload} {precision}: {value:.1f} ms", file=sys.stderr, flush=True)
    return value


def measure(options: argparse.Namespace) -> dict:
    def curve(workloads: dict[int, str], precision: str) -> list[list[float]]:
        found = {x: milliseconds(options, w, precision) for x, w in workloads.items()}
        return [[x, round(ms, 3)] for x, ms in found.items() if ms is not None]

    lengths = {tokens: f"text 1x{tokens}" for tokens in TOKENS}
    batches = {batch: f"text {batch}x{BATCH_TOKENS}" for batch in BATCHES}
    precisions = options.precision or PRECISIONS
    return {
        "title": options.title or f"{options.model.resolve().name}, {options.threads} threads",
        "tokens": {p: curve(lengths, p) for p in precisions},
        "batch": {p: curve(batches, p) for p in precisions},
    }


# The picture. Colours are readable on white and on black, and lines also differ in their dashes.
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #444 }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #888; stroke-opacity: .25 }
  .line { fill: none; stroke-width: 2 }
  .float32 { stroke: #3878c7; fill: #3878c7 }
  .bfloat16 { stroke: #d1701f; fill: #d1701f }
  .int8 { stroke: #2a9d62; fill: #2a9d62 }
  path.line { fill: none }
  path.bfloat16 { stroke-dasharray: 7 3 }
  path.int8 { stroke-dasharray: 2 3 }
  text.float32, text.bfloat16, text.int8 { stroke: none }
  @media (prefers-color-scheme: dark) { text { fill: #ccc } }
"""
WIDTH, HEIGHT = 430, 380  # of a panel, in pixels
LEFT, RIGHT, TOP, BOTTOM = 66, 76, 60, 54  # margins within it


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def duration(milliseconds: float) -> str:
    return f"{number(milliseconds / 1000)} s" if milliseconds >= 1000 else f"{number(milliseconds)} ms"


class Axis:
    """A logarithmic scale from values to pixels."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)


def spread(positions: list[float], distance: float) -> list[float]:
    """Labels moved down just so far that none covers the one above."""
    order = sorted(range(len(positions)), key=positions.__getitem__)
    moved = positions[:]
    for above, below in zip(order, order[1:]):
        moved[below] = max(moved[below], moved[above] + distance)
    return moved


def panel(curves: dict[str, list[list[float]]], title: str, label: str, left: float,
          low: float, high: float) -> list[str]:
    steps = sorted({x for points in curves.values() for x, _ in points})
    x = Axis(steps[0], steps[-1], left + LEFT, left + WIDTH - RIGHT)
    y = Axis(low, high, HEIGHT - BOTTOM, TOP)
    out = [f'<text class="title" x="{left + LEFT}" y="{TOP - 18}">{title}</text>']
    power = low
    while power <= high * 1.001:
        out.append(f'<path class="grid" d="M{x.start:.1f} {y(power):.1f}H{x.end:.1f}"/>'
                   f'<text x="{x.start - 8:.1f}" y="{y(power) + 4:.1f}" text-anchor="end">'
                   f'{duration(power)}</text>')
        power *= 10
    # At most seven numbers fit.
    every = math.ceil(len(steps) / 7)
    for i, step in enumerate(reversed(steps)):
        out.append(f'<path class="grid" d="M{x(step):.1f} {y.start:.1f}V{y.end:.1f}"/>')
        if i % every == 0:
            out.append(f'<text x="{x(step):.1f}" y="{y.start + 18:.1f}" text-anchor="middle">'
                       f'{number(step)}</text>')
    out.append(f'<text x="{(x.start + x.end) / 2:.1f}" y="{y.start + 40:.1f}" '
               f'text-anchor="middle">{label}</text>')
    drawn = {name: points for name, points in curves.items() if points}
    heights = spread([y(points[-1][1]) for points in drawn.values()], 15)
    for (name, points), height in zip(drawn.items(), heights):
        corners = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)
        out.append(f'<path class="line {name}" d="M{corners}"/>')
        out += [f'<circle class="{name}" cx="{x(a):.1f}" cy="{y(b):.1f}" r="2.5"/>'
                for a, b in points]
        out.append(f'<text class="{name}" x="{x(points[-1][0]) + 8:.1f}" y="{height + 4:.1f}">'
                   f'{name}</text>')
    return out


def draw(figures: dict) -> str:
    times = [ms for side in ("tokens", "batch") for points in figures[side].values()
             for _, ms in points]
    low = 10 ** math.floor(math.log10(min(times)))
    high = 10 ** math.ceil(math.log10(max(times)))
    parts = panel(figures["tokens"], "One text", "tokens of the text", 0, low, high)
    parts += panel(figures["batch"], f"Texts of {BATCH_TOKENS} tokens, computed together",
                   "texts in the batch", WIDTH, low, high)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" '
        f'role="img">\n<title>Time of a forward pass: {figures["title"]}</title>\n'
        f"<style>{STYLE}</style>\n"
        f'<text x="{LEFT}" y="20">Time of a forward pass · {figures["title"]}</text>\n'
        + "\n".join(parts) + "\n</svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tessera", type=Path, default=Path(".build/release/tessera"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--precision", action="append", choices=PRECISIONS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each point, at least")
    parser.add_argument("--title", help="in the picture; the model and the threads by default")
    parser.add_argument("--output", type=Path, default=HERE / "cost.svg")
    parser.add_argument("--draw", action="store_true", help="draw the figures that are there")
    options = parser.parse_args()
    data = options.output.with_suffix(".json")
    if not options.draw:
        if options.model is None:
            parser.error("--model says what to measure")
        data.write_text(json.dumps(measure(options)) + "\n")
    options.output.write_text(draw(json.loads(data.read_text())))
    print(options.output)


if __name__ == "__main__":
    main()
