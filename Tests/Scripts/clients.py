#!/usr/bin/env python3
"""Qdrant's own Python packages, and LlamaIndex, at the other end.

Tests/Scripts/clients.py [--openapi qdrant-openapi.json]

Serves the engine of qdrant-client over HTTP, has tessera write collections into it and ask them, and
compares: every request with qdrant-client's models of the API, which know no further field (and with
the API's description, if it is given); every score with a folder's, and with qdrant-edge-py, which is
Qdrant's own segments; and the nodes that LlamaIndex finds. Without the packages, which come from PyPI
into .build/clients, it says so and tests nothing.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from packages import root, start_again_with

start_again_with("clients", ["qdrant-client", "qdrant-edge-py", "jsonschema", "llama-index-core",
                             "llama-index-vector-stores-qdrant"])

import jsonschema  # noqa: E402
import qdrant_edge as edge  # noqa: E402
from qdrant_client import QdrantClient  # noqa: E402
from qdrant_client import models as m  # noqa: E402
from qdrant_engine import Engine, log, serve  # noqa: E402


def run(command, *arguments):
    done = subprocess.run([root / ".build/release" / command, *map(str, arguments)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command} {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def hits(index, model, query, *options):
    out = run("tessera", "search", "--in", index, "-m", model, "--format", "jsonl", "-k", 50,
              "--quiet", query, *options)
    return [(hit["id"], hit["score"]) for hit in json.loads(out.splitlines()[0])["hits"]]


failures = 0


def check(what, is_true):
    global failures
    failures += not is_true
    print(("ok    " if is_true else "WRONG ") + what, flush=True)


def same(first, second):
    """Equal scores at every rank, and equal ids but for those of equal scores."""
    return len(first) == len(second) and all(
        abs(a[1] - b[1]) < 2e-6 for a, b in zip(first, second)) and (
        {a for a, _ in first} == {b for b, _ in second})


def compare_with_edge(engine, folder, asked):
    """Every query that the server was asked, asked of Qdrant's own segments."""
    points, _ = engine.client.scroll("notes", limit=1000, with_vectors=True, with_payload=True)
    first = next(p for p in points if p.vector.get("text-dense"))
    shard = edge.EdgeShard.create(str(folder), edge.EdgeConfig(
        vectors={
            "text-dense": edge.EdgeVectorParams(
                size=len(first.vector["text-dense"]), distance=edge.Distance.Cosine),
            "colbert": edge.EdgeVectorParams(
                size=len(first.vector["colbert"][0]), distance=edge.Distance.Cosine,
                multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)),
        }, sparse_vectors={"text-sparse-new": edge.EdgeSparseVectorParams()}))

    def vector(value):
        if isinstance(value, dict) or hasattr(value, "indices"):
            value = value if isinstance(value, dict) else value.model_dump()
            return edge.SparseVector(value["indices"], value["values"])
        return value

    shard.update(edge.UpdateOperation.upsert_points([
        edge.Point(p.id, {k: vector(v) for k, v in p.vector.items()}, p.payload) for p in points]))

    def nearest(part):
        return edge.Query.Nearest(vector(part["query"]["nearest"]), using=part.get("using"))

    for search in asked:
        if "prefetch" in search:
            # Its parts have no filter here: what is compared is how ranks are added up.
            request = edge.QueryRequest(
                limit=search["limit"], query=edge.Fusion.Rrf(k=search["query"]["rrf"]["k"]),
                prefetches=[edge.Prefetch(limit=p["limit"], query=nearest(p))
                            for p in search["prefetch"]])
        else:
            request = edge.QueryRequest(limit=search["limit"], query=nearest(search))
        found = [(str(p.id), p.score) for p in shard.query(request)]
        own = [(str(p.id), p.score) for p in engine.query("notes", m.QueryRequest(**search)).points]
        kind = "hybrid" if "prefetch" in search else search.get("using")
        check(f"qdrant-edge-py: {kind}, {len(own)} hits", len(own) > 0 and same(own, found))


def ask_llama_index(port, model):
    from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode
    from llama_index.vector_stores.qdrant import QdrantVectorStore

    question = "a blue whale"
    row = json.loads(run("tessera", "encode", "-m", model, "--text", question, "--return",
                         "dense,sparse", "--quiet").splitlines()[0])
    weights = {int(k): v for k, v in row["lexical_weights"].items()}
    index = f"qdrant://127.0.0.1:{port}/notes"

    def sparse(texts):
        return [list(weights)] * len(texts), [list(weights.values())] * len(texts)

    store = QdrantVectorStore(
        client=QdrantClient(url=f"http://127.0.0.1:{port}", check_compatibility=False),
        collection_name="notes", enable_hybrid=True, sparse_doc_fn=sparse, sparse_query_fn=sparse)
    dense = store.query(VectorStoreQuery(query_embedding=row["embedding"], similarity_top_k=50))
    own = hits(index, model, question)
    texts = {json.loads(line)["id"]: json.loads(line)["text"] for line in
             run("tessera", "store", "list", "--in", index).splitlines()}
    check("LlamaIndex: the same texts with the same scores",
          same([(n.get_content(), s) for n, s in zip(dense.nodes, dense.similarities)],
               [(texts[i], s) for i, s in own]))
    words = store.query(VectorStoreQuery(
        query_embedding=row["embedding"], query_str=question, similarity_top_k=50,
        sparse_top_k=50, mode=VectorStoreQueryMode.SPARSE))
    check("LlamaIndex: sparse, the same texts with the same scores",
          same([(n.get_content(), s) for n, s in zip(words.nodes, words.similarities)],
               [(texts[i], s) for i, s in hits(index, model, question, "--mode", "sparse")]))
    both = store.query(VectorStoreQuery(
        query_embedding=row["embedding"], query_str=question, similarity_top_k=5,
        sparse_top_k=5, mode=VectorStoreQueryMode.HYBRID))
    check("LlamaIndex: hybrid finds nodes", len(both.nodes) > 0)


def check_with_description(path):
    description = json.loads(pathlib.Path(path).read_text())
    templates = {re.compile(re.sub(r"\{[^}]+\}", "[^/]+", p)): p for p in description["paths"]}
    checked = 0
    for method, path, body in log:
        # A path that is written out counts before one with a parameter in its place.
        found = sorted((p for pattern, p in templates.items() if pattern.fullmatch(path)
                        and method.lower() in description["paths"][p]), key=lambda p: p.count("{"))
        if body is None or not found:
            continue
        schema = description["paths"][found[0]][method.lower()]["requestBody"]["content"][
            "application/json"]["schema"]
        jsonschema.Draft7Validator({**schema, "components": description["components"]}).validate(body)
        checked += 1
    check(f"{checked} requests are as the API is described", checked > 10)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--openapi")
    openapi = arguments.parse_args().openapi
    texts = ["a blue whale", "the red car at night", "海里的鲸鱼", "blue blue sky", "a whale and a car",
             "two red circles", "the sea at night", "a photo of a cat"]
    engine = Engine()
    port = serve(engine)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["TESSERA_HOME"] = str(folder / "home")
        model = folder / "model"
        run("weights-converter", root / "Tests/Support/Goldens/bge-m3-tiny", "-o", model, "--quiet")
        (folder / "files").mkdir()
        for number, text in enumerate(texts):
            (folder / "files" / f"{number}.txt").write_text(text)
        kinds = ["--return", "dense,sparse,colbert"]
        index = f"qdrant://127.0.0.1:{port}/notes"
        local = folder / "notes.tessera"
        for place in [index, local]:
            run("tessera", "index", folder / "files", "--into", place, "-m", model, *kinds, "--quiet")
        asked = []
        for question in ["a blue car", "whale at night", "海里的鲸鱼"]:
            for mode in [[], ["--mode", "sparse"], ["--mode", "colbert"],
                         ["--mode", "hybrid", "--reciprocal-ranks"]]:
                found = hits(index, model, question, *mode)
                asked += [log[-1][2]["searches"][0]] if "searches" in (log[-1][2] or {}) else []
                expected = hits(local, model, question, *mode)
                check(f"{question} {' '.join(mode)}: {len(found)} hits as in a folder",
                      same(found, expected))
        check("a condition is asked of the server", len(hits(
            index, model, "whale", "--mode", "hybrid", "--reciprocal-ranks", "--where",
            "text like '%whale%'")) == 2)
        compare_with_edge(engine, folder / "edge", asked)
        ask_llama_index(port, model)
    if openapi:
        check_with_description(openapi)
    sys.exit(failures > 0)


main()
