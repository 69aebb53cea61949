"""Times a chat model's answer about a picture beside transformers' `generate`, in turn.

    chats.py --model FOLDER --image PICTURE [--precision float32] [--tokens 64] [--rounds 3] [--threads 2]

Both sides say each token when it is chosen: the first comes after the start (transformers has its model
loaded, Tessera's is a whole process), the others give tokens a second. The folder must not end an answer
early (chat_models.py writes such).
"""

import argparse
import json
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


class Clock:
    """Notes when tokens come; a streamer for transformers."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.times: list[float] = []

    def put(self, _) -> None:
        self.times.append(time.perf_counter() - self.start)

    def end(self) -> None:
        pass

    @staticmethod
    def figures(times: list[float], tokens: int) -> tuple[float, float]:
        """Seconds to the first token, and tokens a second after it."""
        if len(times) != tokens:
            sys.exit(f"{len(times)} tokens instead of {tokens}: the model ended its answer")
        return times[0], (tokens - 1) / (times[-1] - times[0])


def peak_memory(process: int) -> int:
    """In kB; 0 where it has ended. What is said of ended children counts this process's memory in."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) if found else 0


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

    def theirs() -> tuple[float, float]:
        clock = Clock()
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        inputs = processor(text=prompt, images=[image], return_tensors="pt")
        with torch.inference_mode():
            model.generate(**inputs, do_sample=False, max_new_tokens=options.tokens, streamer=clock)
        # The prompt is put first, once the pictures are ready, and is no token.
        return clock.figures(clock.times[1:], options.tokens)

    peak = 0

    def ours(precision: str) -> tuple[float, float]:
        nonlocal peak
        command = [str(options.tessera), "chat", "-m", str(options.model), "--quiet",
                   "--threads", str(options.threads), "--max-new-tokens", str(options.tokens),
                   "--precision", precision, "--logits", "1", "--image", str(options.image), QUESTION]
        clock = Clock()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if "step" in json.loads(line):
                clock.put(None)
                peak = max(peak, peak_memory(process.pid))
        if process.wait():
            sys.exit(f"{' '.join(command)}: status {process.returncode}")
        return clock.figures(clock.times, options.tokens)

    theirs()
    print("| model | precision | first token, s | transformers | tokens a second | transformers "
          "| peak memory, MB | transformers |")
    print("|---|---|---|---|---|---|---|---|")
    for precision in options.precision:
        peak = 0
        ours(precision)
        rounds = [(*ours(precision), *theirs()) for _ in range(options.rounds)]
        first, rate, other_first, other_rate = map(statistics.median, zip(*rounds))
        other_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"| {options.model.name} | {precision} | {first:.2f} | {other_first:.2f} "
              f"| {rate:.1f} | {other_rate:.1f} | {peak // 1000} | {other_peak // 1000} |")


if __name__ == "__main__":
    main()
