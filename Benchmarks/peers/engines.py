"""The peers: each takes a part of a model and gives a function that runs it.

Each gets what is fastest for it at its precision: modules in bfloat16 for PyTorch, fixed shapes and
quantization with fixed scales for OpenVINO, graphs optimized as far as ONNX Runtime does.
"""

import copy
from collections.abc import Callable

import numpy as np
import torch

from models import Part

Inputs = dict[str, np.ndarray]
Engine = Callable[[Inputs], None]

PEERS = {
    "float32": ["PyTorch", "ONNX Runtime", "OpenVINO"],
    "bfloat16": ["PyTorch", "OpenVINO"],
    "int8": ["ONNX Runtime", "OpenVINO"],
}


def engine(
    peer: str, part: Part, precision: str, threads: int, shapes: Inputs | None = None
) -> Engine:
    """Runs `part`; with `shapes`, on inputs of these shapes only."""
    if peer == "PyTorch":
        return pytorch(part, precision, threads)
    if peer == "ONNX Runtime":
        return onnxruntime(part, precision, threads)
    return openvino(part, precision, threads, shapes)


def pytorch(part: Part, precision: str, threads: int) -> Engine:
    torch.set_num_threads(threads)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    module = part.module if dtype == torch.float32 else copy.deepcopy(part.module).to(dtype)

    def run(inputs: Inputs) -> None:
        tensors = [torch.from_numpy(value) for value in inputs.values()]
        with torch.inference_mode():
            module(*(t.to(dtype) if t.is_floating_point() else t for t in tensors))

    return run


def onnxruntime(part: Part, precision: str, threads: int) -> Engine:
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    path = part.onnx_int8() if precision == "int8" else part.onnx()
    session = runtime.InferenceSession(path, options, ["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)


def openvino(part: Part, precision: str, threads: int, shapes: Inputs | None) -> Engine:
    import openvino as runtime

    core = runtime.Core()
    model = core.read_model(part.openvino_int8() if precision == "int8" else part.onnx())
    if shapes:
        model.reshape({name: list(value.shape) for name, value in shapes.items()})
    compiled = core.compile_model(
        model, "CPU",
        {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
         "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32"},
    )
    request = compiled.create_infer_request()
    return lambda inputs: request.infer(inputs, share_inputs=True)
