#!/usr/bin/env python3
"""Good and bad clients at once, against a server of its own: serve.py TESSERA [--seconds 60]

TESSERA is a build with the server. Some clients send what is right, and every answer must have the
bytes that it had when its text was alone; others leave, dribble, send broken or huge bodies, or what
is no HTTP. Fails on a wrong answer, a 5xx, a server that ends, and on memory or descriptors that grow.
"""
import argparse, asyncio, json, os, random, subprocess, sys, time

WORDS = "whale sea red car paper plane green tree hill blue house night big small".split()
MODEL_CLIENTS, BAD_CLIENTS = 24, 8
chance = random.Random(7)
texts = [" ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 40))) for _ in range(200)]
questions = [("/v1/embeddings", {"input": text, "encoding_format": "base64"}) for text in texts]
questions += [("/embed", {"inputs": texts[i:i + 8]}) for i in range(0, 80, 8)]
counts, wrong = {}, []


def count(name):
    counts[name] = counts.get(name, 0) + 1


def request(path, value):
    body = json.dumps(value).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
    return int(head.split()[1]), await reader.readexactly(int(fields.get(b"content-length", 0)))


async def good(port, alone, end):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.time() < end:
        place = chance.randrange(len(questions))
        writer.write(request(*questions[place]))
        status, body = await answer(reader)
        count(f"answers {status}")
        if status >= 500 or status == 200 and body != alone[place]:
            wrong.append((questions[place], status, body[:200]))
    writer.close()


async def bad(port, end):
    """Each way of being a bad client, with the status that it is told, if any."""
    async def cut(reader, writer):
        writer.write(request(*chance.choice(questions))[:-5])

    async def leave(reader, writer):
        writer.write(request("/v1/embeddings", {"input": texts}))
        await writer.drain()
        await asyncio.sleep(chance.random() / 10)

    async def head(reader, writer):
        writer.write(b"POST /embed HTTP/1.1\r\nhos")
        await asyncio.sleep(chance.random())

    async def noise(reader, writer):
        writer.write(chance.randbytes(500))

    async def broken(reader, writer):
        writer.write(b"POST /embed HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{\"inputs\"")
        return 422

    async def huge(reader, writer):
        writer.write(b"POST /embed HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\n" + bytes(100_000))
        return 413

    async def endless(reader, writer):
        writer.write(b"POST /embed HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(40):
            writer.write(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
            await writer.drain()
        return 413

    async def slow(reader, writer):
        sent = request(*chance.choice(questions))
        for piece in [sent[:-20]] + [bytes([byte]) for byte in sent[-20:]]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        return 200

    while time.time() < end:
        way = chance.choice([cut, leave, head, noise, broken, huge, endless, slow])
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            expected = await way(reader, writer)
            await writer.drain()
            status = (await answer(reader))[0] if expected else None
            count(f"{way.__name__} {status or ''}".strip())
            if status != expected:
                wrong.append((way.__name__, status))
            writer.close()
        except (ConnectionError, asyncio.IncompleteReadError):
            count(f"{way.__name__} closed")


def size(process):
    """MiB of memory, and open descriptors."""
    lines = open(f"/proc/{process.pid}/status").read().splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return memory >> 10, len(os.listdir(f"/proc/{process.pid}/fd"))


async def run(process, port, seconds):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    alone = []
    for question in questions:
        writer.write(request(*question))
        status, body = await answer(reader)
        assert status == 200, body
        alone.append(body)
    writer.close()
    sizes = []
    for part in range(4):
        end = time.time() + seconds / 4
        clients = [good(port, alone, end) for _ in range(MODEL_CLIENTS)]
        await asyncio.gather(*clients, *[bad(port, end) for _ in range(BAD_CLIENTS)])
        await asyncio.sleep(1)
        sizes.append(size(process))
        print("%d MiB, %d descriptors" % sizes[-1], flush=True)
    print(json.dumps(counts, sort_keys=True))
    # What is touched first is there after the first part; what leaks grows in each.
    (memory, files), (memory_end, files_end) = sizes[0], sizes[-1]
    if memory_end > 1.25 * memory + 16 or files_end > files + 8:
        wrong.append(("it grows", sizes))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tessera")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    command = [options.tessera, "serve", "-m", "picturebook", "--port", "0", "--log", "none"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = next(line for line in process.stderr if "http://" in line)
        asyncio.run(run(process, int(line.rsplit(":", 1)[1]), options.seconds))
        if process.poll() is not None:
            wrong.append(("it ended", process.returncode))
    finally:
        process.terminate()
        status = process.wait()
    if status:
        wrong.append(("it did not stop as it should", status))
    for case in wrong[:10]:
        print("wrong:", *case, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
