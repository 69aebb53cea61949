"""Times Tessera beside PyTorch, ONNX Runtime and OpenVINO, in turn, in one run.

    peers.py --tessera .build/release/tessera --model visualized-bge-base \
        --workload "text 1x128" --workload "image 1" [--rounds 5] [--threads 2] [--json OUT]

MODEL is a converted Visualized-BGE; the peers get modules of the same sizes with random weights,
as time does not depend on the values. In each round every engine runs once, so that a machine that
changes its speed changes it for all; the ratio is Tessera's time to the best peer's, round by
round, and its median is what counts. Everything is float32.

Texts run the text encoder; images run the tower and then the text encoder over class token, patches
and end token, as Visualized-BGE does, in two calls for the peers.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests/reference"))
from visualized_bge import EVAConfig, EVATower  # noqa: E402

Run = Callable[[], None]


class TextEncoder(nn.Module):
    """The encoder by itself, from embeddings on: what fused sequences and texts have in common."""

    def __init__(self, config: dict) -> None:
        super().__init__()
        if config["model_type"] == "bert":
            kind, settings = BertModel, BertConfig(**config)
        else:
            kind, settings = XLMRobertaModel, XLMRobertaConfig(**config)
        settings.vocab_size = 1000  # a table is only looked up
        self.model = kind(settings, add_pooling_layer=False)
        self.width = settings.hidden_size

    def forward(self, embedded: torch.Tensor) -> torch.Tensor:
        return self.model(inputs_embeds=embedded).last_hidden_state


def tower(config: dict) -> nn.Module:
    return EVATower(
        EVAConfig(
            image_size=config["image_size"], patch_size=config["patch_size"],
            width=config["hidden_size"], depth=config["num_hidden_layers"],
            head_width=config["hidden_size"] // config["num_attention_heads"],
            hidden=config["intermediate_size"], output=config["projection_dim"],
        )
    )


def export(module: nn.Module, example: torch.Tensor, path: Path) -> None:
    axes = {0: "batch", 1: "tokens"} if example.dim() == 3 else {0: "batch"}
    torch.onnx.export(
        module, (example,), str(path), input_names=["x"], output_names=["y"],
        dynamic_axes={"x": axes, "y": axes}, opset_version=17, dynamo=False,
    )


def torch_engine(module: nn.Module, threads: int) -> Callable[[np.ndarray], None]:
    torch.set_num_threads(threads)

    def run(x: np.ndarray) -> None:
        with torch.inference_mode():
            module(torch.from_numpy(x))

    return run


def onnxruntime_engine(path: Path, threads: int) -> Callable[[np.ndarray], None]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})


def openvino_engine(path: Path, threads: int) -> Callable[[np.ndarray], None]:
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        str(path), "CPU",
        {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32",
         "PERFORMANCE_HINT": "LATENCY"},
    )
    request = compiled.create_infer_request()
    return lambda x: request.infer({"x": x})


def median_ms(run: Run, seconds: float) -> float:
    run()
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def tessera_ms(command: list[str]) -> float:
    return float(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["median_ms"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tessera", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--workload", action="append", required=True)
    parser.add_argument("--peer", action="append", choices=["torch", "onnxruntime", "openvino"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    peers = arguments.peer or ["torch", "onnxruntime", "openvino"]

    config = json.loads((arguments.model / "config.json").read_text())
    text = TextEncoder(config["text_config"]).eval()
    vision = tower(config["vision_config"]).eval()
    size, patch = config["vision_config"]["image_size"], config["vision_config"]["patch_size"]
    random = np.random.default_rng(0)

    def numbers(*shape: int) -> np.ndarray:
        return random.standard_normal(shape, dtype=np.float32)

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = {"text": Path(folder) / "text.onnx", "vision": Path(folder) / "vision.onnx"}
        export(text, torch.zeros(1, 16, text.width), files["text"])
        if any(w.startswith("image") for w in arguments.workload):
            export(vision, torch.zeros(1, 3, size, size), files["vision"])
        make = {
            "torch": lambda name: torch_engine(
                {"text": text, "vision": vision}[name], arguments.threads),
            "onnxruntime": lambda name: onnxruntime_engine(files[name], arguments.threads),
            "openvino": lambda name: openvino_engine(files[name], arguments.threads),
        }
        for workload in arguments.workload:
            kind, sizes = workload.split()
            runs: dict[str, Run] = {}
            for peer in peers:
                encode = make[peer]("text")
                if kind == "text":
                    batch, tokens = map(int, sizes.split("x"))
                    x = numbers(batch, tokens, text.width)
                    runs[peer] = lambda encode=encode, x=x: encode(x)
                else:
                    see = make[peer]("vision")
                    pixels = numbers(int(sizes), 3, size, size)
                    fused = numbers(int(sizes), (size // patch) ** 2 + 2, text.width)
                    runs[peer] = lambda see=see, encode=encode, p=pixels, f=fused: (see(p), encode(f))
            command = [
                str(arguments.tessera), "bench", "-m", str(arguments.model), "--workload", workload,
                "--seconds", str(arguments.seconds), "--threads", str(arguments.threads),
                "--format", "json",
            ]
            times: dict[str, list[float]] = {name: [] for name in ["tessera", *peers]}
            for _ in range(arguments.rounds):
                times["tessera"].append(tessera_ms(command))
                for peer, run in runs.items():
                    times[peer].append(median_ms(run, arguments.seconds))
            best = [min(times[peer][i] for peer in peers) for i in range(arguments.rounds)]
            ratio = statistics.median(a / b for a, b in zip(times["tessera"], best))
            medians = {name: statistics.median(values) for name, values in times.items()}
            rows.append({"workload": workload, "ms": medians, "ratio": ratio})
            print(
                f"{workload:14}" + "".join(f"  {n} {v:8.1f} ms" for n, v in medians.items())
                + f"   ratio to the best {ratio:.3f}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
