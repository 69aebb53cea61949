"""Tessera's vectors in LlamaIndex and LangChain.

    from tessera_embeddings import LlamaIndexTessera, LangChainTessera
    embedding = LlamaIndexTessera(model="models/clip-vit-base-patch32")

Both call the command `tessera encode`, which has to be on the path (or `command=` names it), once for
each list of texts or pictures. Either package may be missing: then its class is.
"""

import json
import subprocess


def encode(items, model=None, command="tessera"):
    """A vector of length 1 for each item: {"text": …}, {"image": …} or both."""
    lines = "".join(json.dumps(item) + "\n" for item in items)
    arguments = [command, "encode", "--input", "-", "--format", "jsonl"]
    run = subprocess.run(
        arguments + (["-m", model] if model else []), input=lines, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr.strip())
    return [json.loads(line)["embedding"] for line in run.stdout.splitlines()]


try:
    from llama_index.core.embeddings import MultiModalEmbedding
except ImportError:
    pass
else:

    class LlamaIndexTessera(MultiModalEmbedding):
        """For MultiModalVectorStoreIndex and VectorStoreIndex."""

        model: str | None = None
        command: str = "tessera"

        def _all(self, items):
            return encode(items, self.model, self.command)

        def _get_text_embedding(self, text):
            return self._all([{"text": text}])[0]

        def _get_text_embeddings(self, texts):
            return self._all([{"text": text} for text in texts])

        def _get_query_embedding(self, query):
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query):
            return self._get_query_embedding(query)

        async def _aget_text_embedding(self, text):
            return self._get_text_embedding(text)

        def _get_image_embedding(self, img_file_path):
            return self._all([{"image": str(img_file_path)}])[0]

        def _get_image_embeddings(self, img_file_paths):
            return self._all([{"image": str(path)} for path in img_file_paths])

        async def _aget_image_embedding(self, img_file_path):
            return self._get_image_embedding(img_file_path)


try:
    from langchain_core.embeddings import Embeddings
except ImportError:
    pass
else:

    class LangChainTessera(Embeddings):
        """For any of LangChain's vector stores."""

        def __init__(self, model=None, command="tessera"):
            self.model, self.command = model, command

        def embed_documents(self, texts):
            return encode([{"text": text} for text in texts], self.model, self.command)

        def embed_query(self, text):
            return self.embed_documents([text])[0]

        def embed_image(self, uris):
            return encode([{"image": uri} for uri in uris], self.model, self.command)
