"""Times the decoder of a chat model in llama.cpp: reading a prompt, and tokens a second after it.

    llama_cpp.py --model FOLDER [--prompt 1000] [--tokens 64] [--kinds f32 bf16 q8_0 q4_0] [--rounds 3]

Needs gguf and xllamacpp, which has llama.cpp compiled, from PyPI. The folder's text layers are written as
GGUF with a vocabulary of numbers; the picture tower is left out, so its tokens are read as words.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import gguf
import torch
import xllamacpp
from gguf import GGMLQuantizationType as Kind
from safetensors import safe_open

LAYER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
OUTSIDE = {"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output"}


def renamed(name: str) -> str | None:
    """What GGUF calls a tensor of the decoder."""
    module, _, kind = name.rpartition(".")
    if ".layers." in f".{module}" and "vision" not in module:
        number, _, part = module.split("layers.")[-1].partition(".")
        return f"blk.{number}.{LAYER[part]}.{kind}" if part in LAYER else None
    last = module.rpartition(".")[2]
    inside = "vision" not in module and ("text_model" in module or "language_model" in module)
    return f"{OUTSIDE[last]}.{kind}" if last in OUTSIDE and (inside or last == "lm_head") else None


def write(model: Path, path: Path, kind: Kind) -> None:
    config = json.loads((model / "config.json").read_text())
    text = config["text_config"]
    writer = gguf.GGUFWriter(path, text["model_type"])
    heads = text["num_attention_heads"]
    writer.add_context_length(text["max_position_embeddings"])
    writer.add_embedding_length(text["hidden_size"])
    writer.add_block_count(text["num_hidden_layers"])
    writer.add_feed_forward_length(text["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(text["num_key_value_heads"])
    writer.add_rope_dimension_count(text["hidden_size"] // heads)
    writer.add_layer_norm_rms_eps(text.get("rms_norm_eps", 1e-6))
    writer.add_vocab_size(text["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    words = [f"<{number}>" for number in range(text["vocab_size"])]
    writer.add_token_list(words)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(words))
    writer.add_token_merges(["< 0"])
    with safe_open(model / "model.safetensors", "pt") as file:
        names = {name: renamed(name) for name in file.keys()}
        for name, new in names.items():
            if new is None:
                continue
            values = file.get_tensor(name).to(torch.float32).numpy()
            own = kind if values.ndim == 2 else Kind.F32
            writer.add_tensor(new, gguf.quantize(values, own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--prompt", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--kinds", nargs="+", default=["f32", "bf16", "q8_0", "q4_0"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    print("| model | weights | prompt read, s | tokens a second |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for kind in options.kinds:
            path = Path(scratch) / f"{kind}.gguf"
            write(options.model, path, Kind[kind.upper()])
            parameters = xllamacpp.CommonParams()
            parameters.model.path = str(path)
            parameters.n_ctx = options.prompt + options.tokens + 64
            parameters.cpuparams.n_threads = options.threads
            parameters.cpuparams_batch.n_threads = options.threads
            parameters.n_parallel = 1
            server = xllamacpp.Server(parameters)
            request = {"prompt": [100 + number % 300 for number in range(options.prompt)],
                       "n_predict": options.tokens, "temperature": 0, "cache_prompt": False,
                       "ignore_eos": True}
            rounds = [server.handle_completions(request)["timings"]
                      for _ in range(1 + options.rounds)][1:]
            read = statistics.median(timings["prompt_ms"] for timings in rounds) / 1000
            rate = statistics.median(timings["predicted_per_second"] for timings in rounds)
            print(f"| {options.model.name} | {kind} | {read:.2f} | {rate:.1f} |", flush=True)
            del server
            path.unlink()


if __name__ == "__main__":
    main()
