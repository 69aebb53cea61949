"""Writes small random retrievers of page images, and the vectors that transformers gives.

python page_retrievers.py GOLDENS, where GOLDENS is Tests/Support/Goldens, whose pictures they read, and
whose zoo lends the vocabularies. Needs transformers 5.24.
"""

import json
import pathlib
import shutil
import sys

import torch
from PIL import Image
from recording import copy_tokenizer, disturb, halves
from safetensors.torch import load_file, save_file
from transformers import (
    ColModernVBertConfig, ColModernVBertForRetrieval, ColModernVBertProcessor,
    Idefics3Config, Idefics3Model, Idefics3PreTrainedModel, Idefics3Processor,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

goldens = pathlib.Path(sys.argv[1])
zoo = goldens / "zoo"

QUERIES = ["a photo of a cat", "What is the total of the invoice?", "鲸鱼 蓝鲸", "", "  red\n circles ", "whale " * 30]
# One tile, a row of tiles, a column of them, and grids; modes that become RGB in different ways.
IMAGES = ["wide.png", "tall.png", "rgb.png", "exact-224.png", "one-pixel.png", "big.jpg", "rgba.png",
          "gray16.png", "palette.png"]
# Of the first pictures, what their one tile or their mean gives.
FEW = 2
SIDE = 64
TOWER = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
         "image_size": SIDE, "patch_size": 8}


def tokenizer(source, words):
    """A vocabulary of the zoo with the words that stand around pictures."""
    file = json.loads((zoo / source / "tokenizer.json").read_text())
    first = max([token["id"] for token in file["added_tokens"]] + list(file["model"]["vocab"].values())) + 1
    for place, word in enumerate(words):
        file["added_tokens"].append({
            "id": first + place, "content": word, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True})
    path = zoo / "tokenizer-of-pages.json"
    path.write_text(json.dumps(file, ensure_ascii=False))
    made = PreTrainedTokenizerFast(
        tokenizer_file=str(path), unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        pad_token="[PAD]", mask_token="[MASK]", model_max_length=512)
    path.unlink()
    return made


def words():
    rows = [f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
    return ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"] + rows


def picture_processor(**changes):
    return Idefics3ImageProcessorPil(
        size={"longest_edge": 4 * SIDE}, max_image_size={"longest_edge": SIDE}, image_mean=[0.5] * 3,
        image_std=[0.5] * 3, **changes)


def watch(model, names, stages):
    def hook(name):
        def keep(module, inputs, output):
            output = output if torch.is_tensor(output) else output[0]
            # Tiles one behind the other.
            stages[f"stage.{name}"] = output.detach().flatten(0, -2).contiguous().clone()
        return keep
    modules = dict(model.named_modules())
    return [modules[name].register_forward_hook(hook(name)) for name in names]


def read(name):
    return Image.open(goldens / "images" / name).convert("RGB")


def answers(folder, model, stages, vectors, queries, document, pages):
    """Each of the last four makes of what it is given what the model reads, or of that the vectors."""
    expected, inputs = {}, {"queries": QUERIES, "images": IMAGES, "query_ids": [], "image_ids": []}
    with torch.no_grad():
        for i, text in enumerate(QUERIES):
            made = queries(text)
            inputs["query_ids"].append(made["input_ids"][0].tolist())
            expected[f"query.{i}"] = vectors(made)
            plain = document(text)
            # Without special tokens an empty text is nothing.
            if plain["input_ids"].numel() > 0:
                expected[f"document.{i}"] = vectors(plain)
        for i, name in enumerate(IMAGES):
            handles = watch(model, stages, expected) if i == 0 else []
            made = pages(read(name))
            inputs["image_ids"].append(made["input_ids"][0].tolist())
            expected[f"image.{i}"] = vectors(made)
            for handle in handles:
                handle.remove()
    return expected, inputs


def write(folder, expected, inputs):
    save_file({name: x.contiguous().clone() for name, x in expected.items()},
              folder / "expected.safetensors")
    (folder / "inputs.json").write_text(json.dumps(inputs, ensure_ascii=False))


def mean(hidden):
    return torch.nn.functional.normalize(hidden[0].mean(0), dim=-1)


def col_modern_vbert():
    folder = zoo / "colmodernvbert"
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(23)
    vocabulary = tokenizer("modernbert", words())
    config = ColModernVBertConfig(
        embedding_dim=16, vlm_config={
            "model_type": "modernvbert", "pixel_shuffle_factor": 4,
            "image_token_id": vocabulary.convert_tokens_to_ids("<image>"),
            "text_config": {
                "model_type": "modernbert", "vocab_size": len(vocabulary) + 3, "hidden_size": 32,
                "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4,
                "max_position_embeddings": 512, "global_attn_every_n_layers": 3, "local_attention": 16,
                "pad_token_id": 3, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1,
                "eos_token_id": 2},
            "vision_config": {"model_type": "siglip_vision_model", **TOWER}})
    model = ColModernVBertForRetrieval(config).eval()
    disturb(model)
    model.save_pretrained(folder)
    save_file(halves(load_file(folder / "model.safetensors")), folder / "model.safetensors",
              {"format": "pt"})
    processor = ColModernVBertProcessor(picture_processor(), vocabulary, image_seq_len=4)
    processor.save_pretrained(folder)
    vectors = lambda made: model(**made).embeddings[0]
    expected, inputs = answers(
        folder, model,
        ["vlm.vision_model.post_layernorm", "vlm.connector", "vlm.connector.modality_projection",
         "vlm.text_model.embeddings.tok_embeddings", "vlm.text_model.embeddings.norm",
         "vlm.text_model.layers.0", "vlm.text_model.layers.1.attn", "vlm.text_model.layers.3",
         "vlm.text_model.final_norm", "embedding_proj_layer"],
        vectors, processor.process_queries, lambda text: processor(text=[text]),
        lambda picture: processor.process_images([picture]))
    whole = ColModernVBertProcessor(
        picture_processor(do_image_splitting=False), vocabulary, image_seq_len=4)
    with torch.no_grad():
        for i in range(FEW):
            picture = read(IMAGES[i])
            expected[f"whole.{i}"] = vectors(whole.process_images([picture]))
            # As colpali's BiModernVBert has it.
            expected[f"mean.image.{i}"] = mean(model.vlm(**processor.process_images([picture]))[0])
            expected[f"mean.query.{i}"] = mean(model.vlm(**processor(text=[QUERIES[i]]))[0])
    write(folder, expected, inputs)


class ColIdefics3(Idefics3PreTrainedModel):
    """colpali's, whose code is its own."""

    def __init__(self, config):
        super().__init__(config)
        self.model = Idefics3Model(config)
        self.linear = torch.nn.Linear(config.text_config.hidden_size, 16)
        self.post_init()

    def forward(self, **inputs):
        return torch.nn.functional.normalize(self.linear(self.model(**inputs)[0]), dim=-1)


def col_smol():
    folder = zoo / "colsmol"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    torch.manual_seed(29)
    lender = zoo / "smolvlm"
    copy_tokenizer(lender, folder)
    vocabulary = PreTrainedTokenizerFast.from_pretrained(folder)
    config = Idefics3Config(
        image_token_id=vocabulary.convert_tokens_to_ids("<image>"), scale_factor=4, pad_token_id=2,
        text_config={
            "model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 440,
            "max_position_embeddings": 512, "rope_theta": 1e5, "rms_norm_eps": 1e-5,
            "pad_token_id": 2},
        vision_config=TOWER)
    model = ColIdefics3(config).eval()
    disturb(model)
    model.save_pretrained(folder)
    save_file(halves(load_file(folder / "model.safetensors")), folder / "model.safetensors",
              {"format": "pt"})
    processor = Idefics3Processor(picture_processor(), vocabulary, image_seq_len=4)
    processor.save_pretrained(folder)
    copy_tokenizer(lender, folder)
    prompt = "<|im_start|>User:<image>Describe the image.<end_of_utterance>\nAssistant:"
    ids = lambda text: processor(text=[text], return_tensors="pt")
    write(folder, *answers(
        folder, model,
        ["model.connector", "model.text_model.layers.1", "model.text_model.norm", "linear"],
        lambda made: model(**made)[0], lambda text: ids(text + "<end_of_utterance>" * 10), ids,
        lambda picture: processor(text=[prompt], images=[[picture]], return_tensors="pt")))


col_modern_vbert()
col_smol()
