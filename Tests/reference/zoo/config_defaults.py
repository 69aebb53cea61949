"""Writes what transformers' classes of configurations have where a file says nothing.

python config_defaults.py OUT, which is Tests/Support/Goldens/config-defaults.json.
"""

import json
import pathlib
import sys

from transformers import PretrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

TYPES = ["bert", "roberta", "xlm-roberta", "camembert", "distilbert", "mpnet", "albert", "electra",
         "modernbert", "nomic_bert", "gte", "qwen2", "qwen3", "mistral", "gemma3_text", "llama", "eurobert",
         "jina_embeddings_v3", "clip",
         "chinese_clip", "altclip", "siglip", "siglip2", "align", "dinov2", "blip"]
# Other files' matter, or of training alone.
OTHERS = {*PretrainedConfig().to_dict(), "initializer_range", "initializer_factor", "use_cache"}
INNER = ["text_config", "vision_config"]


def own(config):
    return {key: value for key, value in config.items()
            if key not in OTHERS and "dropout" not in key and key not in INNER}


defaults = {}
for name in TYPES:
    config = CONFIG_MAPPING[name]().to_dict()
    defaults[name] = own(config) | {key: own(config[key]) for key in INNER if key in config}
pathlib.Path(sys.argv[1]).write_text(
    "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}"
                       for name, value in defaults.items()) + "\n}\n")
