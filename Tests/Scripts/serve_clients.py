#!/usr/bin/env python3
"""Clients of other embedding servers, unchanged, at ours: serve_clients.py TESSERA

TESSERA is a build with the server. What each client hands to its user must be, number by number and bit
by bit, what `tessera encode` and `tessera rerank` print. Without the packages, which come from PyPI into
.build/serve-clients, it says so and tests nothing.
"""
import asyncio, base64, json, os, pathlib, sys, tempfile, urllib.error, urllib.request, warnings

from packages import start_again_with
from served import Server, goldens, indexed, root, run

# As they were when this was written; a new release is tried by hand first.
start_again_with("serve-clients", [
    "openai==3.57.0", "cohere==7.3.1", "ollama==0.6.3", "huggingface_hub==2.4.0", "langchain-openai==1.7.4",
    "litellm==1.110.2", "mcp==2.3.0", "numpy==2.4.6", "llama-index-embeddings-openai-like==0.4.0",
    "llama-index-embeddings-text-embeddings-inference==0.6.0", "llama-index-postprocessor-tei-rerank==0.6.0"])

# Nobody is told of this run, and nothing is looked up elsewhere.
os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", LITELLM_LOCAL_MODEL_COST_MAP="True", NO_PROXY="*",
                  LANGSMITH_TRACING="false")
warnings.filterwarnings("ignore")

import cohere  # noqa: E402
import numpy  # noqa: E402
import ollama  # noqa: E402
import openai  # noqa: E402

TEXTS = ["a blue whale", "Größe, 海里的鲸鱼 and 🚗 together", "two\nlines\tand a tab", "the red car at night", "x"]
QUESTION, PASSAGES = "what is a panda?", ["hi", "The giant panda is a bear of China.", "a paper plane"]
PICTURE = root / "models/picturebook/gallery/000-big-blue-whale-sea.webp"
URL = "data:image/webp;base64," + base64.b64encode(PICTURE.read_bytes()).decode()
KEY = "anything"
cases = []


def case(function):
    cases.append(function)
    return function


def bits(vectors):
    return [numpy.asarray(vector, numpy.float32).tobytes() for vector in vectors]


class Reference:
    """What the commands print, without a server."""

    def __init__(self, tessera):
        self.tessera = tessera
        self.known = {}

    def items(self, items):
        lines = "".join(json.dumps(item) + "\n" for item in items)
        rows = run(self.tessera, "encode", "-m", "picturebook", "--input", "-", "--quiet", text=lines)
        return bits(json.loads(row)["embedding"] for row in rows.splitlines())

    def __call__(self, texts):
        new = [text for text in texts if text not in self.known]
        if new:
            self.known.update(zip(new, self.items([{"text": text} for text in new])))
        return [self.known[text] for text in texts]

    def ranked(self):
        out = run(self.tessera, "rerank", "-m", goldens / "zoo/reranker-xlmr", "--among", "-", "--input-format",
                  "text", "--format", "jsonl", "--quiet", QUESTION, text="\n".join(PASSAGES))
        hits = [json.loads(line) for line in out.splitlines()]
        return [(hit["index"], numpy.float32(hit["score"])) for hit in hits]


def ranked(pairs):
    assert [(i, numpy.float32(s)) for i, s in pairs] == expected.ranked(), "not the order and the scores"


def same(vectors, texts=TEXTS):
    assert bits(vectors) == expected(texts), "not the vectors of `tessera encode`"


def client(**options):
    return openai.OpenAI(base_url=server.url + "/v1", api_key=KEY, max_retries=0, **options)


def refused(status, says, ask):
    try:
        ask()
    except openai.APIStatusError as error:
        assert error.status_code == status and says in str(error.body), (error.status_code, error.body)
    else:
        raise AssertionError("accepted")


@case
def openai_texts():
    create = client().embeddings.create
    for options in [{}, {"encoding_format": "float"}, {"user": "me"}]:
        answer = create(model="picturebook", input=TEXTS, **options)
        assert [row.index for row in answer.data] == list(range(len(TEXTS)))
        assert answer.usage.prompt_tokens == answer.usage.total_tokens > 0
        same([row.embedding for row in answer.data])
    same([create(model="picturebook", input=TEXTS[0]).data[0].embedding], TEXTS[:1])
    short = create(model="picturebook", input=TEXTS[0], dimensions=64).data[0].embedding
    assert len(short) == 64 and abs(numpy.linalg.norm(short) - 1) < 1e-6


@case
def openai_many_at_once():
    async def ask():
        async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=KEY, max_retries=0) as many:
            return await asyncio.gather(
                *[many.embeddings.create(model="picturebook", input=text) for text in TEXTS * 20])

    same([answer.data[0].embedding for answer in asyncio.run(ask())], TEXTS * 20)


@case
def openai_models_and_errors():
    names = [model.id for model in client().models.list()]
    assert names == ["picturebook", "pairs", "chat"], names
    assert client().models.retrieve("pairs").id == "pairs"
    create = client().embeddings.create
    refused(404, "model_not_found", lambda: create(model="none", input="a"))
    refused(400, "empty", lambda: create(model="picturebook", input=[]))
    refused(400, "dimensions", lambda: create(model="picturebook", input="a", dimensions=99999))
    refused(400, "check_embedding_ctx_length", lambda: create(model="picturebook", input=[[7, 8]]))


@case
def openai_conversation():
    ask = client().chat.completions.create
    options = dict(model="chat", messages=[{"role": "user", "content": "What is this?"}], max_tokens=8)
    whole = ask(**options)
    pieces = list(ask(stream=True, stream_options={"include_usage": True}, **options))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text == whole.choices[0].message.content and pieces[-1].usage == whole.usage
    said = run(expected.tessera, "chat", "-m", goldens / "zoo/smolvlm", "--max-new-tokens", 8, "--quiet",
               "What is this?")
    assert said.strip() == text.strip(), (said, text)


@case
def langchain():
    from langchain_openai import OpenAIEmbeddings
    embeddings = OpenAIEmbeddings(model="picturebook", base_url=server.url + "/v1", api_key=KEY,
                                  max_retries=0, check_embedding_ctx_length=False, chunk_size=2)
    same(embeddings.embed_documents(TEXTS))
    same([embeddings.embed_query(TEXTS[1])], TEXTS[1:2])


@case
def llama_index():
    from llama_index.embeddings.openai_like import OpenAILikeEmbedding
    from llama_index.embeddings.text_embeddings_inference import TextEmbeddingsInference
    like = OpenAILikeEmbedding(model_name="picturebook", api_base=server.url + "/v1", api_key=KEY,
                               embed_batch_size=2, max_retries=0)
    # It turns line feeds into spaces before it asks.
    same(like.get_text_embedding_batch(TEXTS), [text.replace("\n", " ") for text in TEXTS])
    tei = TextEmbeddingsInference(model_name="picturebook", base_url=server.url, text_instruction="",
                                  query_instruction="")
    same(tei.get_text_embedding_batch(TEXTS))


@case
def llama_index_rerank():
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
    from llama_index.postprocessor.tei_rerank import TextEmbeddingInference
    nodes = [NodeWithScore(node=TextNode(text=text), score=0.0) for text in PASSAGES]
    found = TextEmbeddingInference(base_url=server.url, top_n=3).postprocess_nodes(
        nodes, query_bundle=QueryBundle(QUESTION))
    ranked((PASSAGES.index(node.node.get_content()), node.score) for node in found)


@case
def hugging_face():
    from huggingface_hub import InferenceClient
    for text in TEXTS:
        same(InferenceClient(model=server.url, token=KEY).feature_extraction(text, truncate=True), [text])
    first, *_ = rows = [numpy.frombuffer(row, numpy.float32) for row in expected(TEXTS)]
    for path in ["/similarity", ""]:
        cosines = InferenceClient(model=server.url + path, token=KEY).sentence_similarity(
            TEXTS[0], other_sentences=TEXTS)
        assert numpy.abs(numpy.asarray(cosines) - [row @ first for row in rows]).max() < 1e-6
    best = InferenceClient(model=server.url + "/predict", token=KEY).text_classification(TEXTS[0], top_k=1)
    assert 0 <= (best[0] if isinstance(best, list) else best)["score"] <= 1, best


@case
def cohere_texts_and_pictures():
    ask = cohere.ClientV2(api_key=KEY, base_url=server.url)
    options = dict(model="picturebook", input_type="search_document", embedding_types=["float"])
    same(ask.embed(texts=TEXTS, **options).embeddings.float_)
    first = cohere.Client(api_key=KEY, base_url=server.url)
    same(first.embed(texts=TEXTS, **options).embeddings.float_)
    plain = first.embed(texts=TEXTS, model="picturebook", input_type="search_document")
    assert plain.response_type == "embeddings_floats", plain.response_type
    same(plain.embeddings)
    picture = {"type": "image_url", "image_url": {"url": URL}}
    found = ask.embed(inputs=[{"content": [picture]}, {"content": [{"type": "text", "text": "at night"}, picture]}],
                      **options).embeddings.float_
    image = str(PICTURE)
    assert bits(found) == expected.items([{"image": image}, {"image": image, "text": "at night"}])
    best = ask.rerank(model="pairs", query=QUESTION, documents=PASSAGES)
    ranked((hit.index, hit.relevance_score) for hit in best.results)


@case
def ollama_texts():
    ask = ollama.Client(host=server.url)
    same(ask.embed(model="picturebook", input=TEXTS, truncate=True).embeddings)
    same([ask.embeddings(model="picturebook:latest", prompt=TEXTS[0]).embedding], TEXTS[:1])
    assert [model.model for model in ask.list().models] == ["picturebook"]


@case
def names_and_origins():
    def ask(**headers):
        request = urllib.request.Request(server.url + "/v1/models", headers=headers)
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code

    assert ask() == ask(Host="localhost:1") == ask(Origin=server.url) == 200
    evil = "evil.example:8171"
    assert ask(Host=evil) == 403, "another's name leads here"
    assert ask(Host=evil, Origin=f"http://{evil}") == ask(Origin="null") == 403


@case
def litellm_proxies():
    import litellm
    for model, base in [("openai/", "/v1"), ("hosted_vllm/", "/v1"), ("infinity/", "")]:
        answer = litellm.embedding(model=model + "picturebook", api_base=server.url + base, api_key=KEY, input=TEXTS)
        same([row["embedding"] for row in answer.data])
    for model, base in [("hosted_vllm/", ""), ("cohere/", ""), ("jina_ai/", "/v1")]:
        answer = litellm.rerank(model=model + "pairs", api_base=server.url + base, api_key=KEY, query=QUESTION,
                                documents=PASSAGES, top_n=3)
        ranked((hit["index"], hit["relevance_score"]) for hit in answer.results)


@case
def agents():
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    async def ask(streams):
        async with streams as (read, write, *_), ClientSession(read, write) as session:
            await session.initialize()
            names = [tool.name for tool in (await session.list_tools()).tools]
            assert names == ["search", "embed", "similarity"], names
            answer = await session.call_tool("embed", {"input": TEXTS})
            same([row["embedding"] for row in json.loads(answer.content[0].text)["data"]])
            found = await session.call_tool("search", {"query": "a blue whale", "k": 1})
            assert json.loads(found.content[0].text)["hits"][0]["text"].startswith("a blue whale")
            wrong = await session.call_tool("search", {"k": 1})
            assert wrong.model_dump(by_alias=True)["isError"]

    asyncio.run(ask(streamable_http_client(server.url + "/mcp")))
    asyncio.run(ask(stdio_client(StdioServerParameters(
        command=str(pathlib.Path(expected.tessera).resolve()),
        args=["serve", "--mcp", "-m", "picturebook", "--in", str(index)]))))


tessera = sys.argv[1]
expected = Reference(tessera)
failures = 0
with tempfile.TemporaryDirectory() as folder:
    index = indexed(tessera, folder)
    with Server(tessera, "-m", "picturebook", "-m", f"pairs={goldens}/zoo/reranker-xlmr",
                "-m", f"chat={goldens}/zoo/smolvlm", "--in", index) as server:
        for each in cases:
            try:
                each()
                print("ok    ", each.__name__, flush=True)
            except Exception as error:
                failures += 1
                print("WRONG ", each.__name__, f"{type(error).__name__}: {error}"[:400], flush=True)
sys.exit(1 if failures or server.status else 0)
