"""Makes the goldens of late interaction: small random models, and sentence-transformers' vectors.

    late_interaction.py FOLDER_OF_GOLDENS

FOLDER_OF_GOLDENS is Tests/Support/Goldens/zoo, whose `distilbert` lends its vocabulary. Needs
sentence-transformers 6.2 and transformers 5.
"""

import json
import shutil
import string
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import MultiVectorEncoder
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.base.modules.dense import Dense
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from transformers import AutoTokenizer, BertConfig, BertModel

TEXTS = ["a whale in the sea", "red", "a ship, a lighthouse - and the storm!",
         " ".join(["the old man and the sea,"] * 9)]


def backbone(folder: Path, vocabulary: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(vocabulary)
    torch.manual_seed(11)
    model = BertModel(BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=64), add_pooling_layer=False)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def own_layout(folder: Path, source: Path) -> None:
    """Queries are filled up with tokens that their words do not attend to."""
    MultiVectorEncoder(
        modules=[
            Transformer(str(source), max_seq_length=48, document_length=24,
                        query_expansion={"strategy": "fixed", "length": 12}),
            Dense(32, 16, bias=False, activation_function=torch.nn.Identity(),
                  module_input_name="token_embeddings"),
            MultiVectorMask(skiplist_words=list(string.punctuation)),
            Normalize(module_input_name="token_embeddings"),
        ],
        prompts={"query": "a ", "document": ""}, device="cpu",
    ).save(str(folder))


def pylate_layout(folder: Path, source: Path) -> None:
    """Markers that the vocabulary has as tokens, and no module for what follows the projection."""
    own_layout(folder, source)
    modules = json.loads((folder / "modules.json").read_text())[:2]
    modules[0]["type"] = "sentence_transformers.models.Transformer"
    modules[1]["type"] = "pylate.models.Dense.Dense"
    (folder / "modules.json").write_text(json.dumps(modules, indent=1))
    dense = folder / modules[1]["path"] / "config.json"
    kept = ["in_features", "out_features", "bias", "activation_function"]
    dense.write_text(json.dumps({key: json.loads(dense.read_text())[key] for key in kept}))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": 47, "do_lower_case": False}))
    (folder / "config_sentence_transformers.json").write_text(json.dumps({
        "__version__": {"sentence_transformers": "5.1.0"}, "model_type": "ColBERT",
        "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "MaxSim",
        "query_prefix": "[MASK] ", "document_prefix": "[SEP] ", "query_length": 14,
        "document_length": 20, "attend_to_expansion_tokens": True,
        "skiplist_words": list(string.punctuation),
    }, indent=1))


def answers(folder: Path) -> None:
    model = MultiVectorEncoder(str(folder), device="cpu")
    tensors = {}
    for i, text in enumerate(TEXTS):
        tensors[f"query.{i}"] = model.encode_query([text])[0]
        tensors[f"document.{i}"] = model.encode_document([text])[0]
        tensors[f"none.{i}"] = model.encode([text])[0]
    save_file({name: x.clone().contiguous() for name, x in tensors.items()},
              folder / "expected.safetensors")
    (folder / "inputs.json").write_text(json.dumps({"texts": TEXTS}, indent=1))
    (folder / "README.md").unlink(missing_ok=True)


def main() -> None:
    goldens = Path(sys.argv[1])
    source = goldens / "late-backbone"
    backbone(source, goldens / "distilbert")
    for name, make in {"colbert": own_layout, "colbert-pylate": pylate_layout}.items():
        shutil.rmtree(goldens / name, ignore_errors=True)
        make(goldens / name, source)
        answers(goldens / name)
    shutil.rmtree(source)


main()
