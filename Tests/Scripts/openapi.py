#!/usr/bin/env python3
"""Requests that schemathesis makes of the server's own description, right and wrong ones:
openapi.py TESSERA [--examples 10] [--seed 1] [schemathesis' own options]

TESSERA is a build with the server. Every answer has to be one that /openapi.json describes, none may be a
5xx, and what the description does not allow has to be refused. Without schemathesis, which comes from PyPI
into .build/openapi, it says so and tests nothing.
"""
import argparse, json, pathlib, subprocess, sys, tempfile, urllib.request

from packages import start_again_with
from served import ChatModel, Server, goldens, indexed

start_again_with("openapi", ["schemathesis==4.32.5"])

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
          "unsupported_method"]


# A body with too many items, which is too large, is refused as well.
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 413, 415, 422, 428, 429]
"""


def narrowed(text, folder):
    """The description with the names and sizes that this server has, so that requests get past them."""
    description = json.loads(text)
    rows = [f"{folder}/files/0.txt#1", f"{folder}/files/000-big-blue-whale-sea.webp"]

    def narrow(node, models):
        if isinstance(node, list):
            return [narrow(each, models) for each in node]
        if not isinstance(node, dict):
            return node
        for name, schema in node.get("properties", {}).items():
            known = {"model": models, "index": ["notes"], "like": rows}.get(name)
            if known and "string" in str(schema.get("type")):
                node["properties"][name] = {"enum": known + [None] * ("null" in schema["type"])}
            elif name in ("dimensions", "output_dimension") and "maximum" not in schema:
                schema["maximum"] = 128
        return {key: narrow(value, models) for key, value in node.items()}

    for path, methods in description["paths"].items():
        kind = "pairs" if any(word in path for word in ("rerank", "score", "predict")) else "picturebook"
        for operation in methods.values():
            body = operation.get("requestBody")
            if not body:
                continue
            media = body["content"]["application/json"]
            # Each route gets the shapes with the models that it takes.
            media["schema"] = narrow(whole(media["schema"], description), ["chat" if "chat" in path else kind])
            if path == "/v1/explain":
                media["schema"]["properties"]["id"] = {"enum": rows}
    for parameter in description["paths"]["/v1/picture"]["get"]["parameters"]:
        parameter["schema"] = {"enum": rows if parameter["name"] == "id" else ["notes"]}
    return json.dumps(description)


def whole(schema, description):
    """The schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [whole(each, description) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return whole(description["components"]["schemas"][schema["$ref"].split("/")[-1]], description)
    return {key: whole(value, description) for key, value in schema.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tessera")
    parser.add_argument("--examples", type=int, default=10, help="of each route")
    parser.add_argument("--seed", type=int, default=1)
    options, further = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder, ChatModel() as chat:
        index = indexed(options.tessera, folder)
        with Server(options.tessera, "-m", "picturebook", "-m", f"pairs={goldens}/zoo/reranker-xlmr",
                    "-m", f"chat={goldens}/zoo/smolvlm", "--in", index,
                    *chat.options) as server:
            with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
                description = pathlib.Path(folder) / "openapi.json"
                description.write_text(narrowed(answer.read(), folder))
            settings = pathlib.Path(folder) / "schemathesis.toml"
            settings.write_text(SETTINGS)
            done = subprocess.run(
                [pathlib.Path(sys.prefix) / "bin/schemathesis", "--config-file", settings, "run", description, "--url", server.url,
                 "--checks", ",".join(CHECKS), "--max-examples", str(options.examples),
                 "--seed", str(options.seed), "--phases", "examples,coverage,fuzzing",
                 "--request-timeout", "120", "--generation-database", "none", *further], cwd=folder)
            memory = server.size()
    print(f"the server had {memory[1]} MiB at most")
    return 1 if done.returncode or server.status else 0


sys.exit(main())
