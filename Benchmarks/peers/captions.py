"""Times captions beside transformers' `generate`, in turn: words a second, greedy, a picture at a time.

    captions.py --model blip-caption-base --image PICTURE [--tokens 20] [--rounds 5] [--threads 2]

A caption has as many tokens as asked for, which the folder's generation_config.json has to say too
(`min_new_tokens`, as picture_models.py writes it). Of Tessera's command two runs are
timed, with one picture and with five: their difference is four captions, without the start.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoProcessor, BlipForConditionalGeneration

PICTURES = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tessera", type=Path, default=Path(".build/release/tessera"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = BlipForConditionalGeneration.from_pretrained(options.model).eval()
    processor = AutoProcessor.from_pretrained(options.model).image_processor
    image = Image.open(options.image).convert("RGB")

    def theirs() -> float:
        start = time.perf_counter()
        for _ in range(PICTURES):
            pixels = processor(image, return_tensors="pt")
            with torch.inference_mode():
                ids = model.generate(**pixels, num_beams=1, do_sample=False,
                                     min_new_tokens=options.tokens, max_new_tokens=options.tokens)
        assert ids.shape[1] >= options.tokens, ids.shape
        return time.perf_counter() - start

    def ours(pictures: int) -> float:
        command = [str(options.tessera), "caption", "-m", str(options.model), "--quiet",
                   "--threads", str(options.threads), "--max-new-tokens", str(options.tokens)]
        command += ["--image", *[str(options.image)] * pictures]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        return time.perf_counter() - start

    theirs()
    ours(1)
    rounds = [(ours(1 + PICTURES) - ours(1), theirs()) for _ in range(options.rounds)]
    words = PICTURES * options.tokens
    own, other = (statistics.median(side) for side in zip(*rounds))
    ratio = statistics.median(a / b for a, b in rounds)
    print("| model | tokens a caption | Tessera, tokens a second | PyTorch | ratio of times |")
    print("|---|---|---|---|---|")
    print(f"| {options.model.name} | {options.tokens} | {words / own:.1f} | {words / other:.1f} "
          f"| {ratio:.2f} |")


if __name__ == "__main__":
    main()
