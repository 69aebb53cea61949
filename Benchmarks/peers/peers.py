"""Times Tessera beside PyTorch, ONNX Runtime and OpenVINO, in turn, in one run.

    peers.py --model visualized-bge-base --model visualized-bge-m3 [--precision int8] \
        [--workload "text 1x128"] [--rounds 5] [--threads 2] [--json OUT]

A model is a converted Visualized-BGE; the peers get modules of the same sizes with random weights.
Without --workload, base sizes run texts and images, M3's short and long texts. The table goes to
standard output, ready for docs/speed.md; ratios below 1 mean that Tessera is faster than the best peer
of the same precision.

Texts run the text encoder; images run the tower and then the text encoder over class token, patches
and end token, as Visualized-BGE does, in two calls for the peers.
"""

import argparse
import gc
from pathlib import Path

from engines import PEERS, engine
from models import Model, Part, numbers
from timing import Milliseconds, Row, compare, repeated, save, table, tessera

WORKLOADS = {
    "bert": ["text 1x16", "text 1x128", "text 8x128", "text 1x512", "image 1", "image 8"],
    "xlm-roberta": ["text 1x128", "text 1x2048"],
}


def common_options(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--tessera", type=Path, default=Path(".build/release/tessera"))
    parser.add_argument("--model", type=Path, action="append", required=True)
    parser.add_argument("--precision", action="append", choices=list(PEERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of an engine in a round, at least")
    parser.add_argument("--repetitions", type=int, default=3, help="likewise")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path("Benchmarks/peers/.cache"),
                        help="folder for the peers' models")
    parser.add_argument("--json", type=Path, help="file for the times of every round")
    return parser


def peer_run(
    peer: str, parts: dict[str, Part], model: Model, workload: str, precision: str,
    options: argparse.Namespace,
) -> Milliseconds:
    kind, sizes = workload.split()
    if kind == "text":
        batch, tokens = map(int, sizes.split("x"))
        steps = [("text", numbers(batch, tokens, model.width))]
    else:
        side = model.image_size
        steps = [("vision", numbers(int(sizes), 3, side, side)),
                 ("text", numbers(int(sizes), model.image_tokens + 2, model.width))]
    runs = []
    for name, x in steps:
        inputs = {"x": x}
        run = engine(peer, parts[name], precision, options.threads, shapes=inputs)
        runs.append((run, inputs))

    def all_steps() -> None:
        for run, inputs in runs:
            run(inputs)

    return repeated(all_steps, options.seconds, options.repetitions)


def measure(folder: Path, precision: str, options: argparse.Namespace) -> list[Row]:
    model = Model(folder, options.cache)
    workloads = options.workload or WORKLOADS[model.text_config["model_type"]]
    parts = {"text": model.text()}
    if any(workload.startswith("image") for workload in workloads):
        parts["vision"] = model.vision()
    rows = []
    for workload in workloads:
        ask = tessera(options.tessera, folder, workload, precision, options.threads,
                      options.seconds, options.repetitions)
        peers = {peer: peer_run(peer, parts, model, workload, precision, options)
                 for peer in PEERS[precision]}
        rows.append(compare(model.name, workload, precision, lambda: ask()["median_ms"], peers,
                            options.rounds))
        del peers  # an engine holds a copy of the weights
        gc.collect()
    return rows


def main() -> None:
    parser = common_options(__doc__)
    parser.add_argument("--workload", action="append", help='"text BxT" or "image B"')
    options = parser.parse_args()
    rows: list[Row] = []
    for folder in options.model:
        for precision in options.precision or list(PEERS):
            rows += measure(folder, precision, options)
            save(rows, options.json)
    print(table(rows))


if __name__ == "__main__":
    main()
