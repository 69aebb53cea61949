"""Chat servers of a few lines: chat.py [KEY]

Speaks OpenAI's chat completions (/v1/chat/completions) and Responses (/v1/responses), Ollama
(/api/chat), Anthropic (/v1/messages) and Gemini (…:streamGenerateContent), each answering with the
same words. The model's name says what goes wrong: see `MODELS`. GET /log gives the requests, POST
/faults a list of statuses for those that follow. It ends when its standard input does.
"""
import json, socket, sys, threading, time, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODELS = ["good", "slow", "cut", "character", "malformed", "failing", "silent", "length", "whole",
          "thinking", "open", "old-limit", "new-limit"]
PIECES = ["The car is ", "red", " 🚗 [1]", ", und größer", "."]
key = sys.argv[1] if len(sys.argv) > 1 else ""
log, faults = [], []


def frames(dialect, text=None, end=None):
    """One piece, or the end, as events of a dialect."""
    if dialect == "chat":
        delta = {} if text is None else {"content": text}
        value = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        return ["data: " + json.dumps(value, ensure_ascii=False)] + (["data: [DONE]"] if end else [])
    if dialect == "responses":
        if end:
            name = "response.completed" if end == "stop" else "response.incomplete"
            value = {"type": name, "response": {"incomplete_details": {"reason": "max_output_tokens"}}}
        else:
            value = {"type": "response.output_text.delta", "delta": text}
        return [f"event: {value['type']}\ndata: " + json.dumps(value, ensure_ascii=False)]
    if dialect == "ollama":
        value = {"message": {"role": "assistant", "content": text or ""}, "done": bool(end)}
        return [json.dumps(dict(value, **({"done_reason": end} if end else {})), ensure_ascii=False)]
    if dialect == "anthropic":
        if end:
            reason = "end_turn" if end == "stop" else "max_tokens"
            values = [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]
        else:
            values = [{"type": "ping"}, {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}}]
        return [f"event: {v['type']}\ndata: " + json.dumps(v, ensure_ascii=False) for v in values]
    value = {"candidates": [{"content": {"parts": [{"text": text or ""}]}}]}
    if end:
        value["candidates"][0]["finishReason"] = "STOP" if end == "stop" else "MAX_TOKENS"
    return ["data: " + json.dumps(value, ensure_ascii=False)]


def error(dialect, text):
    if dialect == "ollama":
        return {"error": text}
    if dialect == "anthropic":
        return {"type": "error", "error": {"type": "overloaded_error", "message": text}}
    if dialect == "gemini":
        return [{"error": {"code": 500, "message": text, "status": "INTERNAL"}}]
    return {"error": {"message": text, "type": "server_error", "code": None}}


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

    def do_GET(self):
        if self.path == "/log":
            return self.answer(200, log)
        self.answer(200, {"data": [{"id": m} for m in MODELS], "models": [{"name": m} for m in MODELS]})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw)
        path = urllib.parse.urlparse(self.path).path
        if path == "/faults":
            faults[:] = body
            return self.answer(200, {})
        dialects = {"/v1/chat/completions": "chat", "/v1/responses": "responses", "/api/chat": "ollama",
                    "/v1/messages": "anthropic"}
        dialect = dialects.get(path, "gemini")
        model = body.get("model") or path.split("/")[-1].split(":")[0]
        shown = {k.lower(): v for k, v in self.headers.items()}
        log.append({"path": self.path, "dialect": dialect, "body": body,
                    "keyed": bool(key) and any(key in v for v in shown.values())})
        if faults:
            status = faults.pop(0)
            return self.answer(status, error(dialect, f"fault {status}"), {"Retry-After": "0"})
        if key and not log[-1]["keyed"]:
            return self.answer(401, error(dialect, "no key"))
        if key and model == "echo":
            return self.answer(401, error(dialect, f"wrong key {key}"))
        if model not in MODELS:
            return self.answer(404, error(dialect, f"model '{model}' not found"))
        names = ["max_completion_tokens", "max_tokens"]
        if model in ("old-limit", "new-limit") and names[model == "new-limit"] in body:
            return self.answer(400, error(dialect, f"Unsupported parameter: '{names[model == 'new-limit']}'"))
        if model == "silent":
            return time.sleep(30)
        if model == "whole" and dialect == "chat":
            text = "".join(PIECES)
            return self.answer(200, {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
        self.send_response(200)
        kind = "application/x-ndjson" if dialect == "ollama" else "text/event-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.stream(dialect, model)

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def stream(self, dialect, model):
        gap = "\n" if dialect == "ollama" else "\r\n\r\n" if dialect == "chat" else "\n\n"
        pieces = ["<thi", "nk>hm", "</think>\n"] + PIECES if model == "thinking" else PIECES
        if dialect != "ollama":
            self.chunk(b": keep-alive\n\n")
        for number, piece in enumerate(pieces):
            data = (frames(dialect, piece)[-1] + gap).encode()
            if model == "slow":
                for byte in data:
                    self.chunk(bytes([byte]))
                continue
            if number == 2 and model == "character":
                self.chunk(data[: data.index("🚗".encode()) + 2])
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if number == 3 and model == "cut":
                break
            if number == 3 and model == "malformed":
                self.chunk((("" if dialect == "ollama" else "data: ") + "{oops" + gap).encode())
                break
            if number == 3 and model == "failing":
                value = error(dialect, "out of memory")
                if dialect == "responses":
                    value = {"type": "error", "message": "out of memory"}
                self.chunk((("" if dialect == "ollama" else "data: ") + json.dumps(value) + gap).encode())
                break
            self.chunk(data)
        else:
            for frame in frames(dialect, end="length" if model == "length" else "stop"):
                self.chunk((frame + gap).encode())
            if model == "open" and dialect == "chat":
                time.sleep(30)
        self.wfile.write(b"0\r\n\r\n")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
sys.stdin.read()
