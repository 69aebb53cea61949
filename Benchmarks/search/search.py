"""Exact search beside faiss, usearch, numpy, and the time that memory takes to deliver the vectors.

Everybody runs once in each round, on the same vectors, so that a machine that changes its speed changes
it for all; ratios are formed within a round, and medians are printed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DIMENSION = 768
K = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tessera", type=Path, default=Path(".build/release/tessera"))
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each, in each round")
    parser.add_argument("--clustered", action="store_true", help="neighbours that are near")
    parser.add_argument("--json", type=Path)
    # Threads are a setting of libraries that are read at start: each number has a process of its own.
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


def vectors(rows: int, seed: int, clustered: bool):
    import numpy

    generator = numpy.random.default_rng(seed)
    out = numpy.empty((rows, DIMENSION), numpy.float32)
    # The same centres for vectors and queries.
    centres = numpy.random.default_rng(0).standard_normal((2000, DIMENSION), numpy.float32)
    for start in range(0, rows, 50_000):
        part = generator.standard_normal((min(50_000, rows - start), DIMENSION), numpy.float32)
        if clustered:
            part = centres[generator.integers(0, len(centres), len(part))] + 0.4 * part
        part /= numpy.linalg.norm(part, axis=1, keepdims=True)
        out[start : start + len(part)] = part
    return out


def repeated(run, seconds: float) -> float:
    """Milliseconds, the median of some repetitions after one to warm up."""
    run()
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def worker(vectors_file: str, queries_file: str, threads: int, batch: int, seconds: float):
    """The peers in one process: a line read is a name, a line written its milliseconds a query."""
    import faiss
    import numpy
    from usearch.index import search

    faiss.omp_set_num_threads(threads)
    x = numpy.load(vectors_file)
    q = numpy.load(queries_file)[:batch]
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(x)
    coarse = faiss.IndexScalarQuantizer(
        DIMENSION, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    coarse.train(x[:50_000])
    coarse.add(x)
    refined = faiss.IndexRefineFlat(coarse, faiss.swig_ptr(x))
    refined.k_factor = 4

    def numpy_search():
        scores = q @ x.T
        best = numpy.argpartition(-scores, K, axis=1)[:, :K]
        order = numpy.argsort(-numpy.take_along_axis(scores, best, 1), axis=1)
        return numpy.take_along_axis(best, order, 1)

    peers = {
        "faiss flat": lambda: flat.search(q, K)[1],
        "faiss refined SQ8": lambda: refined.search(q, K)[1],
        "usearch exact": lambda: search(
            x, q, K, "ip", exact=True, threads=threads).keys.reshape(batch, K),
        "numpy": numpy_search,
    }
    truth = [set(row) for row in flat.search(q, K)[1].tolist()]
    recalls = {
        name: sum(len(set(map(int, row)) & best) for row, best in zip(run(), truth))
        / (K * batch)
        for name, run in peers.items()
    }
    print(json.dumps(recalls), flush=True)
    for name in sys.stdin:
        print(repeated(peers[name.strip()], seconds) / batch, flush=True)


def ours(options, vectors_file: str, queries_file: str, threads: int, batch: int, precision: str):
    command = [
        str(options.tessera), "bench", "search", "--vectors", vectors_file,
        "--queries", queries_file, "-k", str(K), "--threads", str(threads),
        "--precision", precision, "--batch", str(batch), "--seconds", str(2 * options.seconds),
        "--repetitions", "3", "--format", "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def compare(options, files: tuple[str, str], rows: int, threads: int, batch: int) -> dict:
    environment = os.environ | {
        name: str(threads) for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
    }
    peers = subprocess.Popen(
        [sys.executable, __file__, "--seconds", str(options.seconds), "--worker", *files,
         str(threads), str(batch)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    recalls = json.loads(peers.stdout.readline())
    times: dict[str, list[float]] = {}
    rescored = 0.0
    for _ in range(options.rounds):
        for precision in ["float32", "int8"]:
            answer = ours(options, *files, threads, batch, precision)
            times.setdefault(f"Tessera {precision}", []).append(answer["median_ms"])
            recalls[f"Tessera {precision}"] = answer["recall"]
            if precision == "float32":
                times.setdefault("reading", []).append(answer["reading_ms"])
            else:
                rescored = answer["rescored"]
        for name in recalls:
            if name.startswith("Tessera"):
                continue
            peers.stdin.write(name + "\n")
            peers.stdin.flush()
            times.setdefault(name, []).append(float(peers.stdout.readline()))
    peers.stdin.close()
    peers.wait()
    row = {
        "rows": rows, "threads": threads, "batch": batch, "times": times, "recalls": recalls,
        "rescored": rescored,
        "ratios": {
            name: statistics.median(
                t / own for t, own in zip(times[name], times["Tessera float32"]))
            for name in times
        },
    }
    print(text(row), file=sys.stderr, flush=True)
    return row


def text(row: dict) -> str:
    times = ", ".join(
        f"{name} {statistics.median(t):.2f} ms" for name, t in row["times"].items())
    return f"{row['rows']} rows, {row['threads']} threads, {row['batch']} at once: {times}"


def table(rows: list[dict]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row["times"]))
    heads = ["rows", "threads", "queries", *names]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [f"{row['rows']:,}", str(row["threads"]), str(row["batch"])]
        for name in names:
            ratio = "" if name == "Tessera float32" else f" ({row['ratios'][name]:.2f})"
            cells.append(f"{statistics.median(row['times'][name]):.2f}{ratio}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    options = arguments()
    if options.worker:
        files, (threads, batch) = options.worker[:2], map(int, options.worker[2:])
        return worker(*files, threads, batch, options.seconds)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        import numpy

        queries_file = f"{folder}/queries.npy"
        numpy.save(queries_file, vectors(max(options.batches), 2, options.clustered))
        for rows in options.rows:
            vectors_file = f"{folder}/vectors.npy"
            numpy.save(vectors_file, vectors(rows, 1, options.clustered))
            for threads in options.threads:
                for batch in options.batches:
                    results.append(
                        compare(options, (vectors_file, queries_file), rows, threads, batch))
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
