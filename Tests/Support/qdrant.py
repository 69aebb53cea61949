"""A Qdrant server of a few lines, in memory: qdrant.py [KEY] [old] [tls=FOLDER]

Speaks what Tessera asks: collections, points, filters, queries. With `old` it knows no metadata of a
collection, as servers before 1.16. POST /faults takes a list of statuses for the requests that follow;
GET /log gives those that came. With `tls` it speaks HTTPS as localhost, by a certificate that it signs
itself and leaves in FOLDER/cert.pem. It ends when its standard input does.
"""
import json, math, re, ssl, subprocess, sys, threading, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key = sys.argv[1] if len(sys.argv) > 1 else ""
is_old = "old" in sys.argv[2:]
collections, faults, log = {}, [], []
lock = threading.Lock()


def find(payload, path):
    for name in path.split("."):
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def holds(condition, point):
    if "key" in condition:
        found = find(point["payload"], condition["key"])
        values = found if isinstance(found, list) else [found]
        if "match" in condition:
            wanted = condition["match"]["value"]
            return any(type(v) is type(wanted) and v == wanted for v in values)
        tests = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b, "gt": lambda a, b: a > b,
                 "gte": lambda a, b: a >= b}
        numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        return any(all(tests[k](v, b) for k, b in condition["range"].items()) for v in numbers)
    if "is_empty" in condition:
        return find(point["payload"], condition["is_empty"]["key"]) in (None, [])
    if "has_id" in condition:
        return point["id"] in condition["has_id"]
    assert set(condition) <= {"must", "should", "must_not"}, condition
    return (all(holds(c, point) for c in condition.get("must", []))
            and (not condition.get("should") or any(holds(c, point) for c in condition["should"]))
            and not any(holds(c, point) for c in condition.get("must_not", [])))


class Missing(Exception):
    pass


def shown(point, body):
    answer = {"id": point["id"], "payload": point["payload"] if body.get("with_payload") else None}
    if body.get("with_vector"):
        answer["vector"] = point["vector"]
    return answer


def chosen(collection, body):
    points = sorted(collection["points"].values(), key=lambda p: (isinstance(p["id"], str), p["id"]))
    return [p for p in points if holds(body.get("filter") or {}, p)]


def cosine(asked, vector):
    return sum(x * y for x, y in zip(asked, vector)) / math.sqrt(sum(x * x for x in asked))


def likeness(asked, vector):
    if isinstance(asked, dict):
        own = dict(zip(vector["indices"], vector["values"]))
        shared = [w * own[i] for i, w in zip(asked["indices"], asked["values"]) if i in own]
        return sum(shared) if shared else None
    if isinstance(asked[0], list):
        return sum(max(cosine(a, token) for token in vector) for a in asked)
    return cosine(asked, vector)


def fused(collection, body):
    constant = body["query"]["rrf"]["k"]
    found = {}
    for part in body["prefetch"]:
        for place, hit in enumerate(query(collection, part)["points"]):
            hit = found.setdefault(hit["id"], dict(hit, score=0))
            hit["score"] += 1 / (constant + place)
    return [dict(hit, **shown(collection["points"][i], body)) for i, hit in found.items()
            if hit["score"] >= body.get("score_threshold", -9)]


def nearest(collection, body):
    name = body.get("using", "")
    for point in chosen(collection, body):
        vector = point["vector"] if isinstance(point["vector"], list) else point["vector"].get(name)
        score = likeness(body["query"]["nearest"], vector) if vector else None
        if score is not None and score >= body.get("score_threshold", -9):
            yield dict(shown(point, body), score=score, version=0)


def query(collection, body):
    found = fused(collection, body) if "prefetch" in body else list(nearest(collection, body))
    found.sort(key=lambda p: -p["score"])
    return {"points": found[: body.get("limit", 10)]}


def route(method, path, body):
    if path == "/":
        return {"title": "qdrant - vector search engine", "version": "1.9.2" if "1.9" in sys.argv else "1.15.0" if is_old else "1.17.0"}
    if path == "/collections":
        return {"result": {"collections": [{"name": n} for n in collections]}}
    name, rest = re.fullmatch(r"/collections/([^/]+)(/.*)?", path).groups()
    name, rest = urllib.parse.unquote(name), rest or ""
    if (method, rest) == ("PUT", ""):
        collections[name] = {"config": body, "points": {}}
        return {"result": True}
    if name not in collections:
        raise Missing(name)
    collection = collections[name]
    if (method, rest) == ("GET", ""):
        config = {"params": {k: v for k, v in collection["config"].items() if "vectors" in k}}
        if not is_old:
            config["metadata"] = collection["config"].get("metadata")
        return {"result": {"status": "green", "config": config}}
    if (method, rest) == ("PATCH", ""):
        collection["config"].update(body)
    elif (method, rest) == ("PUT", "/points"):
        for point in body["points"]:
            sizes = collection["config"]["vectors"]
            for vector_name, vector in (point["vector"].items() if isinstance(point["vector"], dict) else []):
                has_many = isinstance(vector, list) and isinstance(vector[0], list)
                for one in vector if has_many else [vector]:
                    assert isinstance(one, dict) or len(one) == sizes[vector_name]["size"], "dimension"
            collection["points"][point["id"]] = point
    elif (method, rest) == ("POST", "/points/delete"):
        for point in body["points"]:
            collection["points"].pop(point, None)
    elif (method, rest) == ("POST", "/points"):
        return {"result": [shown(collection["points"][i], body) for i in body["ids"] if i in collection["points"]]}
    elif (method, rest) == ("POST", "/points/count"):
        return {"result": {"count": len(chosen(collection, body))}}
    elif (method, rest) == ("POST", "/points/scroll"):
        points = chosen(collection, body)
        ids = [p["id"] for p in points]
        start = ids.index(body["offset"]) if "offset" in body else 0
        end = start + body["limit"]
        following = ids[end] if end < len(ids) else None
        return {"result": {"points": [shown(p, body) for p in points[start:end]], "next_page_offset": following}}
    elif (method, rest) == ("POST", "/points/query/batch"):
        return {"result": [query(collection, q) for q in body["searches"]]}
    elif (method, rest) != ("PUT", "/index"):
        raise ValueError(f"{method} {path}")
    return {"result": {"status": "completed"}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, value, headers={}):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(text))
        self.end_headers()
        self.wfile.write(body)

    def go(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        path = urllib.parse.urlparse(self.path).path
        with lock:
            if path == "/faults":
                faults[:] = body
                return self.answer(200, {})
            if path == "/log":
                return self.answer(200, log)
            log.append({"method": self.command, "path": path, "body": body})
            if faults:
                status = faults.pop(0)
                if status == 0:
                    return self.connection.close()
                return self.answer(status, {"status": {"error": f"fault {status}"}}, {"Retry-After": "0"})
            if key and self.headers.get("api-key") != key:
                return self.answer(401, {"status": {"error": "Must provide an API key"}})
            try:
                self.answer(200, route(self.command, path, body))
            except Missing as missing:
                self.answer(404, {"status": {"error": f"Not found: Collection `{missing}` doesn't exist!"}})
            except Exception as error:
                self.answer(400, {"status": {"error": f"{type(error).__name__}: {error}"}})

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = go


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
for folder in [a[4:] for a in sys.argv[2:] if a.startswith("tls=")]:
    files = [f"{folder}/cert.pem", f"{folder}/key.pem"]
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-out", files[0], "-keyout", files[1]],
                       check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(json.dumps({"skip": f"no certificate: {error}"}), flush=True)
        sys.exit()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
sys.stdin.read()
