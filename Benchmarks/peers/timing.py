"""Round by round: everybody runs once in each, so that a machine that changes its speed changes it
for all, and the ratio is formed within the round."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

Milliseconds = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """What was measured of one workload at one precision."""

    model: str
    workload: str
    precision: str
    times: dict[str, list[float]]  # milliseconds, one a round
    # Ours to the best peer's, the median of the rounds.
    ratio: float

    def milliseconds(self, name: str) -> float:
        return statistics.median(self.times[name])


def repeated(run: Callable[[], None], seconds: float, repetitions: int) -> Milliseconds:
    """The median of at least so many repetitions and seconds, after one to warm up."""

    def measure() -> float:
        run()
        times: list[float] = []
        while len(times) < repetitions or sum(times) < seconds:
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return statistics.median(times) * 1000

    return measure


def tessera(
    program: Path, model: Path, workload: str, precision: str, threads: int, seconds: float,
    repetitions: int,
) -> Callable[[], dict]:
    """What `tessera bench` says; it warms up by itself."""
    command = [
        str(program), "bench", "-m", str(model), "--workload", workload, "--precision", precision,
        "--threads", str(threads), "--seconds", str(seconds), "--repetitions", str(repetitions),
        "--format", "json",
    ]

    def measure() -> dict:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    return measure


def compare(
    model: str, workload: str, precision: str, ours: Milliseconds,
    peers: dict[str, Milliseconds], rounds: int,
) -> Row:
    times: dict[str, list[float]] = {name: [] for name in ["Tessera", *peers]}
    for _ in range(rounds):
        times["Tessera"].append(ours())
        for name, measure in peers.items():
            times[name].append(measure())
    best = [min(times[name][i] for name in peers) for i in range(rounds)]
    ratio = statistics.median(a / b for a, b in zip(times["Tessera"], best))
    row = Row(model, workload, precision, times, ratio)
    medians = "".join(f"  {name} {row.milliseconds(name):.1f}" for name in times)
    print(f"{model} {workload} {precision}:{medians} ms, ratio {ratio:.3f}",
          file=sys.stderr, flush=True)
    return row


def table(rows: list[Row]) -> str:
    """In Markdown, times in milliseconds."""
    names = list(dict.fromkeys(name for row in rows for name in row.times))
    heads = ["model", "workload", "precision", *names, "ratio to the best"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [row.model, row.workload, row.precision]
        cells += [f"{row.milliseconds(name):.1f}" if name in row.times else "" for name in names]
        lines.append("| " + " | ".join([*cells, f"{row.ratio:.2f}"]) + " |")
    return "\n".join(lines)


def save(rows: list[Row], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
