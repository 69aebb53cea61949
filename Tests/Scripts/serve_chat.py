#!/usr/bin/env python3
"""Conversations over HTTP, beside `tessera chat`: serve_chat.py TESSERA

TESSERA is a build with the server, which serves small models of several kinds. What
/v1/chat/completions answers, at once and in pieces, must be what the command writes: about no, one and
several pictures in `data:` URLs, and for several who ask at the same time. Broken pictures are refused
by a message that says what is wrong with them, and cost nobody else anything.
"""
import argparse, base64, concurrent.futures, json, sys, urllib.error, urllib.request

from served import Server, goldens, run

SEEING = ["smolvlm", "llava", "llava-next-mistral", "llava-onevision"]
READING = "llama-chat"
TOKENS = 24
QUESTIONS = [
    ("What is in this picture?", ["rgb.png"]), ("Which is larger?", ["rgb.png", "tall.png"]),
    ("And of these three? 鲸鱼", ["wide.png", "small.png", "photo-420.jpg"]), ("What is the capital of France?", []),
]
failures = 0


def check(what, is_true, *about):
    global failures
    failures += not is_true
    print(("ok    " if is_true else "WRONG ") + what, *(about if not is_true else ()), flush=True)


def url(data, kind="png"):
    return f"data:image/{kind};base64," + base64.b64encode(data).decode()


def picture(name):
    return url((goldens / "images" / name).read_bytes(), "jpeg" if name.endswith("jpg") else "png")


def body(model, text, urls, **further):
    parts = [{"type": "image_url", "image_url": {"url": address}} for address in urls]
    return {"model": model, "max_tokens": TOKENS, "temperature": 0,
            "messages": [{"role": "user", "content": parts + [{"type": "text", "text": text}]}], **further}


def post(server, value):
    """Status and bytes."""
    request = urllib.request.Request(server.url + "/v1/chat/completions", json.dumps(value).encode(),
                                     {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def whole(server, value):
    """The text, why it ended, and the numbers of tokens."""
    status, data = post(server, value)
    if status != 200:
        return status, data[:300]
    answer = json.loads(data)
    choice = answer["choices"][0]
    return choice["message"]["content"], choice["finish_reason"], answer["usage"]


def pieces(server, value):
    """The same of a stream, and of how many events."""
    status, data = post(server, {**value, "stream": True, "stream_options": {"include_usage": True}})
    if status != 200:
        return status, data[:300]
    events = [line.removeprefix("data: ") for line in data.decode().split("\n\n") if line]
    assert events[-1] == "[DONE]", events[-1]
    chunks = [json.loads(event) for event in events[:-1]]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    text = "".join(choice["delta"].get("content", "") for choice in choices)
    return (text, choices[-1]["finish_reason"], chunks[-1]["usage"]), len(events)


def said(tessera, model, text, names):
    """What the command says of the same."""
    images = [option for name in names for option in ("--image", goldens / "images" / name)]
    row = json.loads(run(tessera, "chat", "-m", goldens / "zoo" / model, "--temperature", 0, "--max-new-tokens",
                         TOKENS, "--format", "jsonl", "--quiet", *images, text))
    counts = row["prompt_tokens"], row["answer_tokens"]
    return row["answer"], row["end"], {
        "prompt_tokens": counts[0], "completion_tokens": counts[1], "total_tokens": sum(counts)}


def compare(server, tessera):
    """What is right of each question."""
    right = []
    for model in SEEING + [READING]:
        for text, names in QUESTIONS if model in SEEING else QUESTIONS[-1:]:
            expected = said(tessera, model, text, names)
            value = body(model, text, [picture(name) for name in names])
            right.append((value, expected))
            title = f"{model}, {len(names)} pictures"
            found = whole(server, value)
            check(f"{title}: the answer is the command's", found == expected, found, expected)
            streamed = pieces(server, value)
            check(f"{title}: in pieces too", streamed[0] == expected, streamed, expected)
            check(f"{title}: {streamed[1]} events", streamed[1] > 4, streamed)
    return right


def refuse(server):
    """Pictures and words that cannot be answered."""
    whole_file = (goldens / "images/rgb.png").read_bytes()
    cases = [
        ("a picture that is cut short", url(whole_file[:300]), "image"),
        ("no picture", url(b"a blue whale"), "image"),
        ("no base64", "data:image/png;base64,@@@@", "base64"),
        ("an empty picture", url(b""), ""),
        ("a picture with a broken middle", url(whole_file[:60] + bytes(40) + whole_file[100:]), "image"),
    ]
    for model in SEEING:
        for title, address, word in cases:
            for further in [{}, {"stream": True}]:
                for urls in [[address], [picture("rgb.png"), address]]:
                    status, data = post(server, body(model, "What is this?", urls, **further))
                    message = json.loads(data).get("error", {}).get("message", "") if status == 400 else ""
                    check(f"{model}: {title} is refused: {message}", status == 400 and len(message) > 10
                          and word in message, status, data[:300])
    status, data = post(server, body(READING, "What is this?", [picture("rgb.png")]))
    check("a model that reads texts says so", status == 400 and b"pictures" in data, status, data[:300])


def leave(server):
    """Stops to listen in the middle of an answer."""
    value = body(SEEING[0], "What is in this picture?", [picture("rgb.png")], stream=True)
    request = urllib.request.Request(server.url + "/v1/chat/completions",
                                     json.dumps({**value, "max_tokens": 1000}).encode())
    with urllib.request.urlopen(request, timeout=300) as answer:
        answer.readline()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tessera")
    tessera = parser.parse_args().tessera
    models = [option for name in SEEING + [READING] for option in ("-m", goldens / "zoo" / name)]
    with Server(tessera, *models) as server:
        right = compare(server, tessera)
        refuse(server)
        for _ in range(3):
            leave(server)
        with concurrent.futures.ThreadPoolExecutor(8) as askers:
            again = list(askers.map(lambda case: whole(server, case[0]) == case[1], right * 2))
        check(f"{len(again)} questions at the same time, after all that", all(again), again)
        check("the server goes on", server.process.poll() is None)
    check("and stops as it should", server.status == 0, server.status)
    print(f"{failures} wrong")
    return 1 if failures else 0


sys.exit(main())
