"""Requests a second and waiting times of `tessera serve` beside infinity-emb, in turn, in one run.

    serving.py --model models/all-MiniLM-L6-v2 --infinity venv/bin/infinity_emb [--precision int8] \
        [--texts short mixed] [--connections 1 8 64 512] [--seconds 10] [--rounds 3] [--json OUT]

Both servers keep running; at each step each of them is asked for some seconds by so many connections, a
text a request, and the median of the rounds is printed. Every vector is compared with the one that its
text had when nobody else asked: "same bits" is the share of answers that are equal to it. Without
--infinity, or where it does not start, Tessera is measured by itself. The load takes a processor's time
from the servers, from each as much.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import load


class Peer:
    """A server in a process of its own."""

    def __init__(self, name: str, command: list, environment: dict[str, str]):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.name = name
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(part).format(port=self.port) for part in command], stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT, env=os.environ | environment)

    def wait(self) -> "Peer":
        start = time.time()
        while self.process.poll() is None and time.time() < start + 180:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5):
                    return self
            except OSError:
                time.sleep(0.05)
        self.output.seek(0)
        said = self.output.read()[-1000:]
        self.stop()
        raise SystemExit(f"{self.name} does not start: {said}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def cpu(self) -> float:
        """Seconds of processors so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> tuple[int, int]:
        """MiB now, and at most."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return tuple(int(fields[name].split()[0]) >> 10 for name in ("VmRSS", "VmHWM"))


def peers(options: argparse.Namespace) -> list[Peer]:
    threads = str(options.threads)
    found = [
        Peer(f"Tessera {precision}",
             [options.tessera, "serve", "-m", f"m={options.model}", "--precision", precision,
              "--threads", threads, "--port", "{port}", "--log", "none"], {})
        for precision in options.precision
    ]
    if options.infinity:
        found.append(Peer(
            "infinity-emb",
            [options.infinity, "v2", "--model-id", options.model, "--served-model-name", "m",
             "--port", "{port}", "--host", "127.0.0.1", "--engine", "torch", "--device", "cpu",
             "--dtype", "float32", "--no-bettertransformer", "--batch-size", "32", "--log-level", "warning"],
            # Nothing is looked up, and nobody is told of the run.
            {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "HF_HUB_OFFLINE": "1",
             "INFINITY_ANONYMOUS_USAGE_STATS": "0", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}))
    return [peer.wait() for peer in found]


def measure(peer: Peer, kind: str, requests: list[bytes], expected: list[bytes], connections: int,
            seconds: float) -> dict:
    before = peer.cpu()
    result = asyncio.run(load.step(peer.port, requests, connections, seconds))
    count = len(result.answers)
    now, most = peer.memory()
    return {
        "server": peer.name, "texts": kind, "connections": connections,
        "requests_per_second": count / result.seconds,
        "p50_ms": result.percentile(50), "p99_ms": result.percentile(99),
        "cpu_ms": 1000 * (peer.cpu() - before) / max(1, count), "memory_mib": now,
        "peak_memory_mib": most, "same_bits": load.share_of_same_bits(result, expected),
        "others": result.others,
    }


def median(rows: list[dict]) -> dict:
    """Of the rounds of one step; of what must not vary, the worst."""
    row = dict(rows[0])
    for key, value in row.items():
        if isinstance(value, float):
            row[key] = statistics.median(other[key] for other in rows)
    row["same_bits"] = min(other["same_bits"] for other in rows)
    row["peak_memory_mib"] = max(other["peak_memory_mib"] for other in rows)
    row["others"] = {}
    for other in rows:
        for name, count in other["others"].items():
            row["others"][name] = row["others"].get(name, 0) + count
    return row


def line(row: dict) -> str:
    others = ", ".join(f"{count} × {name}" for name, count in row["others"].items()) or "none"
    return (f"| {row['texts']} | {row['connections']} | {row['server']} | {row['requests_per_second']:.1f} | "
            f"{row['p50_ms']:.1f} | {row['p99_ms']:.1f} | {row['cpu_ms']:.2f} | {row['peak_memory_mib']} | "
            f"{100 * row['same_bits']:.1f} % | {others} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tessera", type=Path, default=Path(".build-server/release/tessera"))
    parser.add_argument("--model", type=Path, default=Path("models/all-MiniLM-L6-v2"))
    parser.add_argument("--infinity", type=Path, help="the command infinity_emb")
    parser.add_argument("--precision", nargs="+", default=["float32", "int8"])
    parser.add_argument("--texts", nargs="+", choices=["short", "mixed"], default=["short", "mixed"])
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64, 512])
    parser.add_argument("--seconds", type=float, default=10, help="of a server in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=200, help="different texts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for the medians")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    servers = peers(options)
    rows = []
    print("| texts | connections | server | requests/s | p50 ms | p99 ms | processor ms a request | "
          "memory MiB at most | same bits | other than 200 |\n|---|---|---|---|---|---|---|---|---|---|", flush=True)
    try:
        for kind in options.texts:
            texts = load.texts(kind, options.count)
            requests = {peer.name: [load.request(peer.port, "m", text) for text in texts] for peer in servers}
            expected = {
                peer.name: [load.vector(body) for body in asyncio.run(load.alone(peer.port, requests[peer.name]))]
                for peer in servers
            }
            for connections in options.connections:
                rounds = [
                    [measure(peer, kind, requests[peer.name], expected[peer.name], connections, options.seconds)
                     for peer in servers] for _ in range(options.rounds)
                ]
                for found in zip(*rounds):
                    rows.append(median(list(found)))
                    print(line(rows[-1]), flush=True)
                if options.json:
                    options.json.write_text(json.dumps(rows, indent=1) + "\n")
    finally:
        for peer in servers:
            peer.stop()


if __name__ == "__main__":
    sys.exit(main())
