"""Makes the golden of Stanford's layout: a small random model, and what its rules make of texts.

    stanford_colbert.py FOLDER_OF_GOLDENS

FOLDER_OF_GOLDENS is Tests/Support/Goldens/zoo, whose `distilbert` lends its vocabulary. The rules are
those of ColBERT's QueryTokenizer, DocTokenizer and ColBERT.query, .doc and .score, written again over
transformers' BertModel. Needs transformers 5.
"""

import json
import shutil
import string
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertConfig, BertModel

# Cut queries and documents, punctuation that the vocabulary has ("," and "-") and has not ("!"), white
# space, and a text that spells the padding.
TEXTS = ["a whale in the sea", "red", "a ship, a lighthouse - and the storm!",
         " ".join(["the old man and the sea,"] * 9), "  the [PAD] sea  "]
SETTINGS = {
    "query_token_id": "[unused0]", "doc_token_id": "[unused1]", "query_token": "[Q]",
    "doc_token": "[D]", "dim": 16, "query_maxlen": 12, "doc_maxlen": 24, "mask_punctuation": True,
    "attend_to_mask_tokens": False, "similarity": "cosine", "interaction": "colbert",
    "nbits": 1, "lr": 1e-05, "reranker": False, "checkpoint": "/somewhere/else",
    "meta": {"version": "colbert-v0.4"},
}


def folder_of(folder: Path, vocabulary: Path) -> None:
    """Two words of the vocabulary become the markers, as BERT's own has them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tokenizer = json.loads((vocabulary / "tokenizer.json").read_text())
    words = tokenizer["model"]["vocab"]
    last = sorted(words, key=words.get)[-2:]
    for marker, word in zip(["[unused0]", "[unused1]"], last):
        words[marker] = words.pop(word)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    for name in ["tokenizer_config.json", "special_tokens_map.json"]:
        shutil.copy(vocabulary / name, folder / name)
    torch.manual_seed(23)
    model = BertModel(BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=64))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    tensors = {f"bert.{name}": x for name, x in model.state_dict().items()}
    tensors["linear.weight"] = 0.2 * torch.randn(SETTINGS["dim"], 32)
    save_file({name: x.contiguous() for name, x in tensors.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    config = model.config.to_dict()
    config["architectures"] = ["HF_ColBERT"]
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    (folder / "artifact.metadata").write_text(json.dumps(SETTINGS, indent=1))


class Reference:
    def __init__(self, folder: Path, **changes: object) -> None:
        self.settings = json.loads((folder / "artifact.metadata").read_text()) | changes
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        tensors = load_file(folder / "model.safetensors")
        self.linear = tensors.pop("linear.weight")
        config = json.loads((folder / "config.json").read_text())
        self.bert = BertModel(BertConfig(**config)).eval()
        self.bert.load_state_dict({k.removeprefix("bert."): v for k, v in tensors.items()})
        # The first token of each sign's own encoding, which may be the unknown one.
        self.skipped = {self.tokenizer.encode(sign, add_special_tokens=False)[0]
                        for sign in string.punctuation if self.settings["mask_punctuation"]}

    def ids(self, text: str, kind: str) -> tuple[list[int], list[int]]:
        """Ids, and which of them are attended to."""
        t, length = self.tokenizer, self.settings[f"{kind}_maxlen"]
        marker = t.convert_tokens_to_ids(self.settings[f"{kind}_token_id"])
        ids = t(text, truncation=True, max_length=length - 1)["input_ids"]
        ids = ids[:1] + [marker] + ids[1:]
        attended = [1] * len(ids)
        if kind == "query":
            missing = length - len(ids)
            attended += [int(self.settings["attend_to_mask_tokens"])] * missing
            ids = [t.mask_token_id if i == t.pad_token_id else i
                   for i in ids + [t.pad_token_id] * missing]
        return ids, attended

    @torch.no_grad()
    def vectors(self, text: str, kind: str) -> torch.Tensor:
        """[tokens that count, dim]"""
        ids, attended = self.ids(text, kind)
        hidden = self.bert(torch.tensor([ids]), attention_mask=torch.tensor([attended]))[0][0]
        skipped = {self.tokenizer.pad_token_id} | (self.skipped if kind == "doc" else set())
        kept = [row for row, id in enumerate(ids) if id not in skipped]
        return torch.nn.functional.normalize(hidden[kept] @ self.linear.T, dim=1)

    @staticmethod
    def score(query: torch.Tensor, document: torch.Tensor) -> torch.Tensor:
        return (query @ document.T).max(dim=1).values.sum()


def main() -> None:
    goldens = Path(sys.argv[1])
    folder = goldens / "colbert-stanford"
    folder_of(folder, goldens / "distilbert")
    tensors = {}
    ids = {}
    for name, changes in {"": {}, "attended.": {"attend_to_mask_tokens": True},
                          "unmasked.": {"mask_punctuation": False}}.items():
        reference = Reference(folder, **changes)
        for kind, task in {"query": "query", "doc": "document"}.items():
            for i, text in enumerate(TEXTS):
                tensors[f"{name}{task}.{i}"] = reference.vectors(text, kind)
                ids[f"{task}.{i}"] = reference.ids(text, kind)[0]
    tensors["scores"] = torch.stack([
        torch.stack([Reference.score(tensors[f"query.{i}"], tensors[f"document.{j}"])
                     for j in range(len(TEXTS))]) for i in range(len(TEXTS))])
    save_file({name: x.contiguous() for name, x in tensors.items()}, folder / "expected.safetensors")
    (folder / "inputs.json").write_text(json.dumps({"texts": TEXTS, "ids": ids}, indent=1))


if __name__ == "__main__":
    main()
