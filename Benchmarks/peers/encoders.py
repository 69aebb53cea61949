"""Times models of any family beside PyTorch, OpenVINO and ONNX Runtime, in turn, in one run.

    encoders.py --model FOLDER [--workload "text 1x128"] [--workload "image 8"] \
        [--precision bfloat16] [--rounds 5]

FOLDER is one that transformers and Tessera both read; weights may be random, as time does not depend on
the values (picture_models.py makes some). Peers get the folder's module; of whole texts they give the
last layer's vectors, of pictures, whose pixels are ready, the features. Without --workload, a folder
with a tower for pictures runs pictures, another texts. What a runtime cannot convert is said and left
out. See peers.py for the rest.
"""

import contextlib
import gc
import io
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from peers import common_options
from timing import Milliseconds, Row, compare, repeated, save, table, tessera

WORKLOADS = {"text": ["text 1x128", "text 1x512"], "image": ["image 1", "image 8"]}
PEERS = {"float32": ["PyTorch", "OpenVINO", "ONNX Runtime"], "bfloat16": ["PyTorch", "OpenVINO"]}


class LastLayer(nn.Module):
    """Ids without padding become the last layer's vectors."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        super().__init__()
        config = AutoConfig.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, config=config, dtype=dtype).eval()
        # A decoder asks for its mask by kind of layer; none means that attention is plainly causal,
        # which saves it from making one, and the runtimes from converting how it does.
        self.mask = {"full_attention": None} if config.model_type in ("qwen2", "qwen3") else None
        if self.mask:
            self.model.config.use_cache = False

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=ids, attention_mask=self.mask).last_hidden_state


class Features(nn.Module):
    """Pictures, normalised, become features, which are not."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(folder, dtype=dtype).eval()
        self.dtype = dtype

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        found = self.model.get_image_features(pixel_values=pixels.to(self.dtype))
        return found if isinstance(found, torch.Tensor) else found.pooler_output


def vision(folder: Path):
    """The configuration of the tower for pictures, if there is one."""
    return getattr(AutoConfig.from_pretrained(folder), "vision_config", None)


def example(folder: Path, workload: str) -> np.ndarray:
    kind, size = workload.split()
    random = np.random.default_rng(0)
    if kind == "text":
        return random.integers(1000, 20000, tuple(map(int, size.split("x"))))
    # What the processor cuts off counts, where it does: ALIGN's table of sizes says another.
    recipe = json.loads((folder / "preprocessor_config.json").read_text())
    crop = recipe.get("crop_size") if recipe.get("do_center_crop") else None
    side = crop["height"] if crop else vision(folder).image_size
    return random.standard_normal((int(size), 3, side, side), dtype=np.float32)


def engine(peer: str, folder: Path, precision: str, ids: np.ndarray, options, cache: Path):
    """A function that runs the peer once."""
    dtype = torch.bfloat16 if precision == "bfloat16" and peer == "PyTorch" else torch.float32
    module = (LastLayer if ids.ndim == 2 else Features)(folder, dtype)
    if peer == "PyTorch":
        torch.set_num_threads(options.threads)
        tensor = torch.from_numpy(ids)

        def run() -> None:
            with torch.inference_mode():
                module(tensor)

        return run
    if peer == "OpenVINO":
        import openvino

        model = openvino.convert_model(module, example_input=torch.from_numpy(ids))
        model.reshape({model.inputs[0]: list(ids.shape)})
        compiled = openvino.Core().compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32"})
        request = compiled.create_infer_request()
        return lambda: request.infer([ids], share_inputs=True)
    import onnxruntime

    path = cache / f"{folder.resolve().name}-{'x'.join(map(str, ids.shape))}.onnx"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # What it cannot export it prints as a graph of thousands of lines.
        with contextlib.redirect_stdout(io.StringIO()):
            torch.onnx.export(module, (torch.from_numpy(ids),), str(path), input_names=["ids"],
                              output_names=["y"], opset_version=17, dynamo=False)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(path, settings, ["CPUExecutionProvider"])
    return lambda: session.run(None, {"ids": ids})


def peers(folder: Path, workload: str, precision: str, options) -> dict[str, Milliseconds]:
    ids = example(folder, workload)
    found: dict[str, Milliseconds] = {}
    for peer in options.peer or PEERS[precision]:
        try:
            run = engine(peer, folder, precision, ids, options, options.cache)
            found[peer] = repeated(run, options.seconds, options.repetitions)
        except Exception as error:  # noqa: BLE001: whatever a runtime says of a model
            reason = str(error).strip().split("\n")[0][:120]
            print(f"{folder.name}: {peer} is left out: {reason}", file=sys.stderr)
    return found


def main() -> None:
    parser = common_options(__doc__)
    parser.add_argument("--workload", action="append", help='"text BxT" or "image B"')
    parser.add_argument("--peer", action="append", choices=PEERS["float32"],
                        help="only this one; may repeat (ONNX Runtime's export of a large model takes minutes)")
    options = parser.parse_args()
    rows: list[Row] = []
    for folder in options.model:
        for precision in options.precision or ["float32"]:
            for workload in options.workload or WORKLOADS["image" if vision(folder) else "text"]:
                ask = tessera(options.tessera, folder, workload, precision, options.threads,
                              options.seconds, options.repetitions)
                rows.append(compare(
                    folder.name, workload, precision, lambda: ask()["median_ms"],
                    peers(folder, workload, precision, options), options.rounds))
                save(rows, options.json)
                gc.collect()
    print(table(rows))


if __name__ == "__main__":
    main()
