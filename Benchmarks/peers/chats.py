"""Times a chat model's answer about a picture beside transformers' `generate`, in turn.

    chats.py --model FOLDER --image PICTURE [--precision float32] [--tokens 64] [--rounds 3] [--threads 2]

Of each side two answers are timed, one of a single token and one of `--tokens` more: the first is the time
to the first token, their difference the tokens. Tessera's are whole processes, start included;
transformers has its model loaded. The folder must not end an answer early (chat_models.py writes such).
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

QUESTION = "What is in this picture?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tessera", type=Path, default=Path(".build/release/tessera"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--precision", default=["float32"], nargs="+",
                        help="Tessera's, one or several; transformers computes in float32")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    model = AutoModelForImageTextToText.from_pretrained(options.model, dtype=torch.float32).eval()
    processor = AutoProcessor.from_pretrained(options.model)
    image = Image.open(options.image).convert("RGB")
    messages = [{"role": "user", "content": [
        {"type": "image"}, {"type": "text", "text": QUESTION}]}]

    def theirs(tokens: int) -> float:
        start = time.perf_counter()
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        inputs = processor(text=prompt, images=[image], return_tensors="pt")
        with torch.inference_mode():
            ids = model.generate(**inputs, do_sample=False, max_new_tokens=tokens)
        written = ids.shape[1] - inputs["input_ids"].shape[1]
        assert written == tokens, f"{written} tokens, not {tokens}"
        return time.perf_counter() - start

    peak = 0

    def ours(tokens: int, precision: str) -> float:
        nonlocal peak
        command = ["/usr/bin/time", "-f", "%M", str(options.tessera), "chat", "-m", str(options.model),
                   "--quiet", "--threads", str(options.threads), "--max-new-tokens", str(tokens),
                   "--precision", precision]
        start = time.perf_counter()
        done = subprocess.run([*command, "--image", str(options.image), QUESTION], capture_output=True,
                              text=True)
        seconds = time.perf_counter() - start
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        peak = max(peak, int(done.stderr.split()[-1]))
        return seconds

    def measured(answer) -> tuple[float, float]:
        first = answer(1)
        return first, options.tokens / (answer(1 + options.tokens) - first)

    theirs(1)
    print("| model | precision | first token, s | transformers | tokens a second | transformers "
          "| peak memory, MB | transformers |")
    print("|---|---|---|---|---|---|---|---|")
    for precision in options.precision:
        peak = 0
        ours(1, precision)
        rounds = [(*measured(lambda tokens: ours(tokens, precision)), *measured(theirs))
                  for _ in range(options.rounds)]
        first, rate, other_first, other_rate = map(statistics.median, zip(*rounds))
        other_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"| {options.model.name} | {precision} | {first:.2f} | {other_first:.2f} "
              f"| {rate:.1f} | {other_rate:.1f} | {peak // 1000} | {other_peak // 1000} |")


if __name__ == "__main__":
    main()
