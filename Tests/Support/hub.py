#!/usr/bin/env python3
"""A hub for the tests, on loopback, of Python's standard library alone.

  hub.py ROOT       serves ROOT/ORGANISATION/NAME/files...; prints {"hub": URL, "store": URL}

Large files (endings of weights) lie at a second address, to which the hub redirects; it refuses
whoever brings a token. POST /faults takes a JSON array of {"kind", "match", "times", ...}:
  cut, stall (after `after` bytes), flip (the byte at `after`), whole (a range is ignored),
  status (`status`, `headers`), page (HTML in place of all else), gone (the store's address is old)
GET /log: all requests so far.  GET /quit ends it.  A token `good` may see ORGANISATION `gated`;
acme/renamed is acme/tiny now.
"""
import hashlib, json, os, re, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = sys.argv[1]
LARGE = (".safetensors", ".bin", ".pt", ".pth")
LOG, FAULTS, LOCK = [], [], threading.Lock()
URL = {}


def fault(where, path, *kinds):
    with LOCK:
        for rule in FAULTS:
            if rule["kind"] in kinds and rule.get("times", 1) > 0 and re.search(rule.get("match", ""), path) \
                    and rule.get("where", where) == where:
                rule["times"] = rule.get("times", 1) - 1
                return rule
    return None


def files(name):
    base, found = os.path.join(ROOT, name), []
    for folder, folders, names in os.walk(base):
        folders.sort()
        for n in sorted(names):
            full = os.path.join(folder, n)
            data = open(full, "rb").read()
            found.append((os.path.relpath(full, base), full, data))
    return found


def entry(path, data):
    git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    e = {"type": "file", "path": path, "oid": git, "size": len(data)}
    if path.endswith(LARGE):
        e["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return e


def commit(name):
    return hashlib.sha1(json.dumps([entry(p, d) for p, _, d in files(name)]).encode() + name.encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *a):
        pass

    def answer(self, status, body=b"", **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        FAULTS[:] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(200)

    def do_GET(self):
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path == "/log":
            return self.answer(200, LOG)
        if path == "/quit":
            os._exit(0)
        with LOCK:
            LOG.append({"where": self.where, "path": path, "range": self.headers.get("Range"),
                        "token": "Authorization" in self.headers or "Cookie" in self.headers})
        if rule := fault(self.where, path, "status"):
            return self.answer(rule["status"], **rule.get("headers", {}))
        if fault(self.where, path, "page"):
            return self.answer(200, b"<html>sign in</html>", Content_Type="text/html")
        getattr(self, self.where)(path, parse_qs(parts.query))

    def hub(self, path, query):
        if m := re.fullmatch(r"/api/v1/models/([^/]+/[^/]+)/repo/files", path):
            if not os.path.isdir(os.path.join(ROOT, m[1])):
                return self.answer(404, {"Code": 1, "Message": "not found"})
            return self.answer(200, {"Code": 200, "Data": {"Files": [
                {"Type": "blob", "Path": p, "Size": len(d), "Sha256": hashlib.sha256(d).hexdigest()} for p, _, d in files(m[1])]}})
        if m := re.fullmatch(r"/api/v1/models/([^/]+/[^/]+)/repo", path):
            return self.bytes(os.path.join(ROOT, m[1], query["FilePath"][0]), path + query["FilePath"][0])
        if path == "/api/models":
            return self.answer(200, [{"id": f"{o}/{n}"} for o in os.listdir(ROOT) for n in os.listdir(os.path.join(ROOT, o))])
        m = re.match(r"/(?:api/models/)?([^/]+/[^/]+)(/.*)?", path)
        name, rest = m[1], m[2] or ""
        if name == "acme/renamed":
            return self.answer(307, Location=self.path.replace(name, "acme/tiny"))
        if not os.path.isdir(os.path.join(ROOT, name)):
            return self.answer(401, X_Error_Code="RepoNotFound")
        if name.startswith("gated/") and self.headers.get("Authorization") != "Bearer good":
            return self.answer(401, X_Error_Code="GatedRepo")
        sha = commit(name)
        if rest == "/refs":
            return self.answer(200, {"branches": [{"name": "main"}], "tags": []})
        revision = re.match(r"/(revision|tree|resolve)/([^/]+)(?:/(.*))?", rest)
        if revision[2] not in ("main", sha):
            return self.answer(404, X_Error_Code="RevisionNotFound")
        if revision[1] == "revision":
            return self.answer(200, {"id": name, "sha": sha, "disabled": False})
        if revision[1] == "tree":
            entries = [entry(p, d) for p, _, d in files(name)]
            at = int(query.get("cursor", ["0"])[0])
            more = {"Link": f'<http://elsewhere.invalid{path}?recursive=true&cursor={at + 2}>; rel="next"'}
            return self.answer(200, entries[at:at + 2], **(more if at + 2 < len(entries) else {}))
        full = os.path.join(ROOT, name, revision[3])
        if not os.path.isfile(full):
            return self.answer(404, X_Error_Code="EntryNotFound")
        if full.endswith(LARGE):
            return self.answer(302, Location=f"{URL['store']}/{name}/{revision[3]}?signature=1", X_Repo_Commit=sha)
        self.bytes(full, path)

    def store(self, path, query):
        if "Authorization" in self.headers:
            return self.answer(400)
        if fault(self.where, path, "gone"):
            return self.answer(403)
        self.bytes(ROOT + path, path)

    def bytes(self, full, path):
        data = bytearray(open(full, "rb").read())
        size, start, end = len(data), 0, len(data)
        rule = fault(self.where, path, "cut", "stall", "flip", "whole") or {}
        if rule.get("kind") == "flip":
            data[rule["after"]] ^= 1
        m = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if m and rule.get("kind") != "whole":
            start, end = int(m[1]), int(m[2] or size - 1) + 1
        part = bytes(data[start:end])
        self.send_response(206 if m and rule.get("kind") != "whole" else 200)
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{size}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if rule.get("kind") in ("cut", "stall"):
            self.wfile.write(part[:rule["after"]])
            self.wfile.flush()
            if rule["kind"] == "stall":
                time.sleep(rule["seconds"])
            self.close_connection = True
            return
        self.wfile.write(part)


def serve(where):
    server = ThreadingHTTPServer(("127.0.0.1", 0), type(where, (Handler,), {"where": where}))
    server.daemon_threads = True
    host = "127.0.0.1" if where == "hub" else "localhost"
    URL[where] = f"http://{host}:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()


serve("hub")
serve("store")
print(json.dumps(URL), flush=True)
# Who started it holds the other end of its standard input.
sys.stdin.read()
