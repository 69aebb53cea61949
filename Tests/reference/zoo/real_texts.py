"""Models that read texts, pairs of texts or pages at their real size with random weights, and what
transformers says of them.

python real_texts.py write NAME GOLDENS OUT, where GOLDENS is Tests/Support/Goldens, makes the folder with
`items.jsonl`; `answer OUT` adds `expected.safetensors` and `ids.json`, and `double OUT` adds
`expected64.safetensors`, computed in float64. Compare with compare_real.py. Tokenizers are those of the
small models of GOLDENS; tables of words have their real number of rows, of which few are read.
Lines of items.jsonl may be taken out before `answer`, where a text of 6,000 tokens or a page takes too long.
"""

import json
import pathlib
import random
import sys

import torch
import transformers as tf
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from recording import copy_tokenizer, halves, randomize, write_modules
from stanford_colbert import Reference as StanfordColBERT

LLAMA = {"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
         "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 128256,
         "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "pad_token_id": 2,
         "bos_token_id": 1, "eos_token_id": 2}
# The class of transformers, the small model that lends its vocabulary, and the real keys.
MODELS = {
    "jina-embeddings-v3": ("JinaEmbeddingsV3Model", "jina-v3-transformers", {
        "model_type": "jina_embeddings_v3", "vocab_size": 250002, "hidden_size": 1024,
        "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
        "max_position_embeddings": 8194}),
    "eurobert-210m": ("EuroBertModel", "eurobert", {
        "model_type": "eurobert", "vocab_size": 128256, "hidden_size": 768, "intermediate_size": 3072,
        "num_hidden_layers": 12, "num_attention_heads": 12, "num_key_value_heads": 12, "head_dim": 64,
        "max_position_embeddings": 8192, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
        "mask_token_id": 1, "rope_parameters": {"rope_type": "default", "rope_theta": 250000.0}}),
    "colbertv2.0": ("BertModel", "colbert-stanford", {"model_type": "bert"}),
    "qwen3-reranker-0.6b": ("Qwen3ForSequenceClassification", "reranker-qwen3", {
        "model_type": "qwen3", "vocab_size": 151669, "hidden_size": 1024, "intermediate_size": 3072,
        "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
        "max_position_embeddings": 40960, "rms_norm_eps": 1e-6, "rope_theta": 1e6, "pad_token_id": 560,
        "id2label": {0: "LABEL_0"}, "label2id": {"LABEL_0": 0}}),
    "llama-1b-llama3": ("LlamaModel", "llama-embedding", {**LLAMA, "rope_scaling": {
        "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192}}),
    "llama-1b-yarn": ("LlamaModel", "llama-embedding", {**LLAMA, "max_position_embeddings": 16384,
        "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096}}),
    "colmodernvbert": ("ColModernVBertForRetrieval", "colmodernvbert", {
        "model_type": "colmodernvbert", "embedding_dim": 128, "vlm_config": {
            "model_type": "modernvbert", "pixel_shuffle_factor": 4, "image_token_id": 481,
            "text_config": {
                "model_type": "modernbert", "vocab_size": 50368, "hidden_size": 768,
                "intermediate_size": 1152, "num_hidden_layers": 22, "num_attention_heads": 12,
                "max_position_embeddings": 8192, "pad_token_id": 3, "cls_token_id": 1, "sep_token_id": 2,
                "bos_token_id": 1, "eos_token_id": 2},
            "vision_config": {
                "model_type": "siglip_vision_model", "hidden_size": 768, "intermediate_size": 3072,
                "num_hidden_layers": 12, "num_attention_heads": 12, "image_size": 512, "patch_size": 16}}}),
}
LENGTHS = {"jina-embeddings-v3": [8, 60, 500, 2000], "eurobert-210m": [8, 60, 500, 2000],
           "llama-1b-llama3": [60, 2000, 6000], "llama-1b-yarn": [60, 2000, 6000]}
LIMIT = 8192
WORDS = ("the old man and a blue whale, in cold sea; what is red? Berlin has 3,520,031 people - photo of "
         "cat's circles! lighthouse storm ship answer question 鲸鱼 море capital France live today").split()


def words(count: int, seed: int) -> str:
    chooser = random.Random(seed)
    return " ".join(chooser.choice(WORDS) for _ in range(count))


def text_of(tokenizer, tokens: int) -> str:
    """Of as many tokens as that, or a few fewer."""
    low, high = 1, tokens
    while low < high:
        middle = (low + high + 1) // 2
        if len(tokenizer(words(middle, tokens))["input_ids"]) <= tokens:
            low = middle
        else:
            high = middle - 1
    return words(low, tokens)


def page(path: pathlib.Path, width: int, height: int) -> None:
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for line in range(height // 24):
        draw.text((width // 12, 24 * line + 6), words(width // 60, line), "black")
    draw.ellipse((width // 2, height // 2, width - 20, height * 2 // 3), (40, 120, 200))
    picture.save(path)


def edit(path: pathlib.Path, changes: dict) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes, indent=1))


def items_of(name: str, out: pathlib.Path) -> list[dict]:
    if name == "colmodernvbert":
        sizes = [(1024, 1448), (600, 800)]
        for size in sizes:
            page(out / "page-{}x{}.png".format(*size), *size)
        return [{"image": "page-{}x{}.png".format(*size)} for size in sizes] \
            + [{"text": words(9, 3), "prompt": "query"}, {"text": words(40, 4), "prompt": "query"}]
    if name == "colbertv2.0":
        return [{"text": words(count, count), "prompt": kind}
                for kind in ["query", "document"] for count in [3, 12, 60, 300]]
    if name == "qwen3-reranker-0.6b":
        return [{"text": words(count, count)} for count in [1, 10, 100, 500]]
    tokenizer = tf.AutoTokenizer.from_pretrained(out)
    return [{"text": text_of(tokenizer, length)} for length in LENGTHS[name]]


def write(name: str, goldens: pathlib.Path, out: pathlib.Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    architecture, small, keys = MODELS[name]
    copy_tokenizer(goldens / "zoo" / small, out)
    keys = dict(keys)
    config = tf.AutoConfig.for_model(keys.pop("model_type"), **keys)
    model = getattr(tf, architecture)(config).eval()
    randomize(model)
    model.config.architectures = [architecture]
    model.save_pretrained(out)
    tensors = halves(load_file(out / "model.safetensors"))
    if name == "colbertv2.0":
        settings = json.loads((goldens / "zoo" / small / "artifact.metadata").read_text())
        settings |= {"dim": 128, "query_maxlen": 32, "doc_maxlen": 180}
        (out / "artifact.metadata").write_text(json.dumps(settings, indent=1))
        edit(out / "config.json", {"architectures": ["HF_ColBERT"]})
        tensors = {f"bert.{key}": tensor for key, tensor in tensors.items()}
        tensors["linear.weight"] = (torch.randn(128, 768) * 768 ** -0.5).half()
    save_file(tensors, out / "model.safetensors", {"format": "pt"})
    edit(out / "config.json", {"dtype": "float32"})
    edit(out / "tokenizer_config.json", {"model_max_length": LIMIT})
    if name == "colmodernvbert":
        processor = json.loads((goldens / "zoo" / small / "processor_config.json").read_text())
        processor["image_processor"] |= {"size": {"longest_edge": 2048}, "max_image_size": {"longest_edge": 512}}
        processor["image_seq_len"] = 64
        (out / "processor_config.json").write_text(json.dumps(processor, indent=1))
    elif name in LENGTHS:
        is_decoder = name.startswith("llama")
        write_modules(out, "lasttoken" if is_decoder else "mean_tokens", limit=LIMIT)
    (out / "items.jsonl").write_text(
        "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items_of(name, out)))
    (out / "about.json").write_text(json.dumps({"name": name, "query": words(12, 12)}))


class Answers:
    """What transformers says of a folder, each item for itself, so without padding."""

    def __init__(self, out: pathlib.Path, dtype: torch.dtype) -> None:
        self.out = out
        about = json.loads((out / "about.json").read_text())
        self.name, self.query = about["name"], about["query"]
        if self.name == "colbertv2.0":
            self.colbert = StanfordColBERT(out)
            self.colbert.bert.to(dtype)
            self.colbert.linear = self.colbert.linear.to(dtype)
            return
        self.model = getattr(tf, MODELS[self.name][0]).from_pretrained(out, dtype=dtype).eval()
        if self.name == "colmodernvbert":
            from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
            settings = json.loads((out / "processor_config.json").read_text())
            pictures = {key: value for key, value in settings["image_processor"].items()
                        if key != "image_processor_type"}
            self.processor = tf.ColModernVBertProcessor(
                Idefics3ImageProcessorPil(**pictures), tf.PreTrainedTokenizerFast.from_pretrained(out),
                image_seq_len=settings["image_seq_len"])
            self.dtype = dtype
        else:
            self.tokenizer = tf.AutoTokenizer.from_pretrained(out)

    def __call__(self, item: dict) -> tuple[list[int], torch.Tensor]:
        if self.name == "colbertv2.0":
            kind = "query" if item["prompt"] == "query" else "doc"
            return self.colbert.ids(item["text"], kind)[0], self.colbert.vectors(item["text"], kind)
        if self.name == "colmodernvbert":
            made = self.processor.process_images([Image.open(self.out / item["image"]).convert("RGB")]) \
                if "image" in item else self.processor.process_queries(item["text"])
            if "pixel_values" in made:
                made["pixel_values"] = made["pixel_values"].to(self.dtype)
            return made["input_ids"][0].tolist(), self.model(**made).embeddings[0]
        if self.name == "qwen3-reranker-0.6b":
            ids = self.tokenizer(self.query, item["text"])["input_ids"]
            return ids, self.model(input_ids=torch.tensor([ids])).logits[0]
        ids = self.tokenizer(item["text"])["input_ids"]
        hidden = self.model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        vector = hidden[-1] if self.name.startswith("llama") else hidden.mean(0)
        return ids, vector / vector.norm()


@torch.inference_mode()
def answer(out: pathlib.Path, dtype: torch.dtype, file: str) -> None:
    answers = Answers(out, dtype)
    items = [json.loads(line) for line in (out / "items.jsonl").read_text().splitlines()]
    found = [answers(item) for item in items]
    (out / "ids.json").write_text(json.dumps([ids for ids, _ in found]))
    kind = "colbert" if answers.name.startswith("col") else "item"
    save_file({f"{kind}.{i}": vector.contiguous() for i, (_, vector) in enumerate(found)}, out / file)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", name, goldens, out]: write(name, pathlib.Path(goldens), pathlib.Path(out))
        case ["answer", out]: answer(pathlib.Path(out), torch.float32, "expected.safetensors")
        case ["double", out]: answer(pathlib.Path(out), torch.float64, "expected64.safetensors")
        case _: sys.exit(__doc__)
