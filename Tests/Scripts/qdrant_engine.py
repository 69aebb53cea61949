"""Qdrant's API over HTTP, answered by the engine of qdrant-client; `log` keeps what was asked."""

import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qdrant_client import QdrantClient
from qdrant_client import models as m

# What the bodies of requests have to be.
bodies = {
    ("PUT", ""): m.CreateCollection, ("PATCH", ""): m.UpdateCollection,
    ("PUT", "/index"): m.CreateFieldIndex, ("PUT", "/points"): m.PointsList,
    ("POST", "/points"): m.PointRequest, ("POST", "/points/scroll"): m.ScrollRequest,
    ("POST", "/points/count"): m.CountRequest, ("POST", "/points/delete"): m.PointIdsList,
    ("POST", "/points/query"): m.QueryRequest, ("POST", "/points/query/batch"): m.QueryRequestBatch,
}
log = []


class Engine:
    """A server's answers, by qdrant-client's engine in memory."""

    def __init__(self):
        self.client = QdrantClient(":memory:")
        self.metadata = {}

    def answer(self, method, path, body):
        if path == "/":
            return {"title": "qdrant - vector search engine", "version": "1.17.0"}
        if path == "/collections":
            names = [{"name": c.name} for c in self.client.get_collections().collections]
            return {"result": {"collections": names}}
        name, rest = re.fullmatch(r"/collections/([^/]+)(/.*)?", path).groups()
        name, rest = urllib.parse.unquote(name), rest or ""
        if (method, rest) == ("GET", "/exists"):
            return {"result": {"exists": self.client.collection_exists(name)}}
        if (method, rest) != ("PUT", "") and not self.client.collection_exists(name):
            raise KeyError(name)
        read = bodies.get((method, rest))
        request = read(**body) if read else None
        return {"result": self.dumped(self.result(method, rest, name, request, body))}

    def dumped(self, value):
        if isinstance(value, list):
            return [self.dumped(each) for each in value]
        return value.model_dump(mode="json", exclude_none=True) if hasattr(
            value, "model_dump") else value

    def query(self, name, q):
        return self.client.query_points(
            name, query=q.query, using=q.using, prefetch=q.prefetch, query_filter=q.filter,
            limit=q.limit or 10, with_payload=q.with_payload, with_vectors=bool(q.with_vector),
            score_threshold=q.score_threshold)

    def result(self, method, rest, name, request, body):
        client = self.client
        match (method, rest):
            case ("PUT", ""):
                self.metadata[name] = request.metadata or {}
                return client.create_collection(
                    name, vectors_config=request.vectors,
                    sparse_vectors_config=request.sparse_vectors)
            case ("PATCH", ""):
                self.metadata[name] = {**self.metadata[name], **(request.metadata or {})}
                return True
            case ("GET", ""):
                info = self.dumped(client.get_collection(name))
                info["config"]["metadata"] = self.metadata.get(name)
                return info
            case ("PUT", "/points"):
                client.upsert(name, request.points)
            case ("POST", "/points/delete"):
                client.delete(name, request)
            case ("POST", "/points/count"):
                return client.count(name, count_filter=request.filter)
            case ("POST", "/points"):
                return client.retrieve(
                    name, request.ids, with_payload=request.with_payload,
                    with_vectors=request.with_vector)
            case ("POST", "/points/scroll"):
                points, following = client.scroll(
                    name, scroll_filter=request.filter, limit=request.limit or 10,
                    offset=request.offset, with_payload=request.with_payload,
                    with_vectors=request.with_vector)
                return {"points": self.dumped(points), "next_page_offset": following}
            case ("POST", "/points/query"):
                return self.query(name, request)
            case ("POST", "/points/query/batch"):
                return [self.query(name, q) for q in request.searches]
        return {"operation_id": 1, "status": "completed"}


def serve(engine):
    """The port at which the engine answers, until the program ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def go(self):
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            path = urllib.parse.urlparse(self.path).path
            try:
                with lock:
                    log.append((self.command, path, body))
                    status, value = 200, engine.answer(self.command, path, body)
            except KeyError as missing:
                status, value = 404, {"status": {"error": f"Not found: {missing}"}}
            except Exception as error:
                status, value = 400, {"status": {"error": f"{type(error).__name__}: {error}"}}
            answer = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = go

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
