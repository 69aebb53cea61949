"""Trains the picture book: python train.py WORK_FOLDER

WORK_FOLDER gets the drawn pictures, a log, checkpoints, and at the end picturebook.pth beside
the text encoder's config and tokenizer. Started again, it goes on from the last checkpoint.
"""

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import tokens
from data import chain, claim_rows, draw_chains, fits, pixels, scene_rows, small_picture
from model import Sizes, VisualizedBGE
from world.edits import random_edit
from world.scene import random_scene
from world.words import full_caption, short_caption

SEED = 6
CHAINS = 30_000
BATCH = 32
"""Chains of four scenes: 128 pictures."""
PEAK_RATE = 1.2e-3
WARM_UP = 200
DECAY = 0.3
"""The last share of the steps, in which the rate goes to zero."""
DESCRIPTIONS = 0.12
"""How often an edit gives way to a description of the picture itself."""


@dataclass(frozen=True)
class Batch:
    pictures: Tensor  # [B, 3, S, S], B = 4 · chains
    twins: Tensor  # [chains, 3, S, S]
    twin_of: Tensor  # [chains] places among the pictures
    english: Tensor  # [B, T]
    chinese: Tensor  # [B, T]
    words: Tensor  # [B, T], of the fused queries
    targets: Tensor  # [B] places among the pictures
    told: Tensor  # [B, B]: caption i is true of picture j, i ≠ j
    alike: Tensor  # [B, B]: the scenes of i and j are the same, i ≠ j


def padded_ids(tokenizer, texts: list[str]) -> Tensor:
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    length = max(map(len, rows))
    return torch.tensor([row + [tokens.PAD] * (length - len(row)) for row in rows])


class Batches:
    def __init__(self, seed: int, count: int, pictures: np.ndarray, tokenizer) -> None:
        self.seed, self.pictures, self.tokenizer = seed, pictures, tokenizer
        self.chains = [chain(str(seed), index) for index in range(count)]

    def __getitem__(self, step: int) -> Batch:
        """The same for the same step, whatever came before."""
        random = Random(f"{self.seed} step {step}")
        per_epoch = len(self.chains) // BATCH
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.chains))
        chosen = np.sort(order[place * BATCH : (place + 1) * BATCH])
        drawn = self.pictures[chosen]  # [chains, 5, S, S, 3]
        scenes, captions, words, targets, twin_of = [], [], [], [], []
        for index in chosen:
            links = self.chains[index]
            first = len(scenes)
            twin_of.append(first + links.twin)
            for number, scene in enumerate(links.scenes):
                short = random.random() < 0.3
                captions.append((short_caption if short else full_caption)(scene, random))
                scenes.append(scene)
                if number < len(links.edits) and random.random() >= DESCRIPTIONS:
                    said, target = links.edits[number], first + number + 1
                else:
                    said, target = short_caption(scene, random), first + number
                words.append(said.english if random.random() < 0.5 else said.chinese)
                targets.append(target)
        rows = scene_rows(scenes)
        alike = (rows[:, None] == rows[None]).all(-1)
        others = ~np.eye(len(rows), dtype=bool)
        told = fits(claim_rows([caption.claim for caption in captions]), rows)
        assert told.diagonal().all()
        return Batch(
            pictures=torch.from_numpy(pixels(drawn[:, :4].reshape(-1, *drawn.shape[2:]))),
            twins=torch.from_numpy(pixels(drawn[:, 4])),
            twin_of=torch.tensor(twin_of),
            english=padded_ids(self.tokenizer, [caption.english for caption in captions]),
            chinese=padded_ids(self.tokenizer, [caption.chinese for caption in captions]),
            words=padded_ids(self.tokenizer, words),
            targets=torch.tensor(targets),
            told=torch.from_numpy(told & others),
            alike=torch.from_numpy(alike & others),
        )


def contrast(scores: Tensor, right: Tensor, excused: Tensor) -> Tensor:
    """Cross-entropy over a row; `excused` places are right too, and do not count as wrong."""
    return F.cross_entropy(scores.masked_fill(excused, -1e4), right)


def losses(model: VisualizedBGE, batch: Batch, scale: Tensor) -> dict[str, Tensor]:
    count = len(batch.pictures)
    own = torch.arange(count)
    patches = model.patches(torch.cat([batch.pictures, batch.twins]))
    seen = model.pictures(patches)
    pictures, twins = seen[:count], seen[count:]
    english, chinese = model.texts(batch.english), model.texts(batch.chinese)
    queries = model.pairs(patches[:count], batch.words)

    def both(texts: Tensor) -> Tensor:
        scores = scale * texts @ pictures.T
        return 0.5 * (contrast(scores, own, batch.told) + contrast(scores.T, own, batch.told.T))

    # The scenes that are the target's, other than the target itself.
    excused = batch.alike[batch.targets]
    twin_scores = scale * twins @ pictures.T
    across = scale * english @ chinese.T
    same_words = batch.told & batch.told.T
    return {
        "english": both(english),
        "chinese": both(chinese),
        "composed": contrast(scale * queries @ pictures.T, batch.targets, excused),
        "redrawn": contrast(twin_scores, batch.twin_of, batch.alike[batch.twin_of]),
        "across": contrast(across, own, same_words),
    }


WEIGHTS = {"english": 1.0, "chinese": 1.0, "composed": 2.0, "redrawn": 0.5, "across": 0.25}


class Examination:
    """Recall at 1 among pictures that are not trained on, now and then."""

    def __init__(self, tokenizer, count: int = 500) -> None:
        random = Random("examination")
        sources = [random_scene(random) for _ in range(count)]
        edits = [random_edit(scene, random) for scene in sources]
        results = [edit.result for edit in edits]
        captions = [full_caption(scene, random) for scene in results]
        spoken = [random.choice((edit.english, edit.chinese)) for edit in edits]

        def draw(scenes, name):
            keys = (f"examination {name} {index}" for index in range(count))
            drawn = np.stack([small_picture(*pair) for pair in zip(scenes, keys)])
            return torch.from_numpy(pixels(drawn))

        self.sources, self.results = draw(sources, "source"), draw(results, "result")
        self.twins = draw(results, "twin")
        self.english = padded_ids(tokenizer, [caption.english for caption in captions])
        self.chinese = padded_ids(tokenizer, [caption.chinese for caption in captions])
        self.words = padded_ids(tokenizer, spoken)

    @torch.no_grad()
    def __call__(self, model: VisualizedBGE) -> dict[str, float]:
        pictures = model.pictures(model.patches(self.results))
        sources = model.patches(self.sources)
        queries = {
            "english": model.texts(self.english),
            "chinese": model.texts(self.chinese),
            "composed": model.pairs(sources, self.words),
            "redrawn": model.pictures(model.patches(self.twins)),
        }
        right = torch.arange(len(pictures))
        return {
            name: ((vectors @ pictures.T).argmax(1) == right).float().mean().item()
            for name, vectors in queries.items()
        }


def rate(step: int, steps: int) -> float:
    """Up, level, and down to zero. The level part does not depend on how long it will be."""
    left = (steps - step) / (DECAY * steps)
    return min(1.0, (step + 1) / WARM_UP, left)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=1_450)
    parser.add_argument("--chains", type=int, default=CHAINS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--stop-after", type=int, help="stop at this step, as if interrupted")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    torch.manual_seed(options.seed)

    vocabulary = tokens.write(folder)
    tokenizer = tokens.load(folder)
    sizes = Sizes(vocabulary=vocabulary)
    sizes.write_text_config(folder)
    model = VisualizedBGE(sizes)
    drawn = draw_chains(str(options.seed), options.chains, folder / f"pictures-{options.chains}.npy")
    batches = Batches(options.seed, options.chains, drawn, tokenizer)
    examine = Examination(tokenizer)

    log_scale = torch.nn.Parameter(torch.tensor(math.log(1 / 0.07)))
    unused = ("bge_pooler", "model_visual.logit_scale", "visual.norm", "visual.head")
    trained = [
        (name, p) for name, p in model.named_parameters() if not any(part in name for part in unused)
    ]
    decayed = [p for name, p in trained if p.ndim > 1 and "embed" not in name]
    plain = [p for name, p in trained if p.ndim <= 1 or "embed" in name] + [log_scale]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
        lr=PEAK_RATE, betas=(0.9, 0.98), eps=1e-8,
    )  # fmt: skip
    first = 0
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        log_scale.data.copy_(state["log_scale"])
        first = state["step"]
    log = (folder / "log.jsonl").open("a")

    def note(**row) -> None:
        print(json.dumps(row), file=log, flush=True)
        print(row, flush=True)

    def save(step: int) -> None:
        state = {
            "model": model.state_dict(), "optimizer": optimizer.state_dict(),
            "log_scale": log_scale.data, "step": step,
        }  # fmt: skip
        unfinished = checkpoint.with_suffix(".unfinished")
        torch.save(state, unfinished)
        unfinished.rename(checkpoint)

    started, sums = time.monotonic(), {}
    for step in range(first, options.steps):
        if step == options.stop_after:
            return
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * rate(step, options.steps)
        batch = batches[step]
        with torch.autocast("cpu", torch.bfloat16):
            parts = losses(model, batch, log_scale.exp().clamp(max=100))
        loss = sum(WEIGHTS[name] * part.float() for name, part in parts.items())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in trained], 1.0)
        optimizer.step()
        for name, part in parts.items():
            sums[name] = sums.get(name, 0.0) + part.item()
        if (step + 1) % 25 == 0:
            means = {name: round(value / 25, 4) for name, value in sums.items()}
            sums = {}
            seconds = round(time.monotonic() - started, 1)
            note(step=step + 1, seconds=seconds, scale=round(log_scale.exp().item(), 2), loss=means)
        if (step + 1) % 100 == 0 or step + 1 == options.steps:
            save(step + 1)
        if (step + 1) % 200 == 0 or step + 1 == options.steps:
            note(step=step + 1, recall={k: round(v, 4) for k, v in examine(model).items()})
    # Every weight is rounded to 16 bits here, so that the folder holds what was examined.
    model.load_state_dict({name: value.half().float() for name, value in model.state_dict().items()})
    note(step=options.steps, final={k: round(v, 4) for k, v in examine(model).items()})
    halves = {name: value.half() for name, value in model.state_dict().items()}
    torch.save(halves, folder / "picturebook.pth")


if __name__ == "__main__":
    main()
