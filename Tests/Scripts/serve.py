#!/usr/bin/env python3
"""Good and bad clients at once, against a server of its own:
serve.py TESSERA [--seconds 60 | --requests 500000] [--connections 1000] [-m MODEL]

TESSERA is a build with the server. Some clients send what is right, and every answer must have the
bytes that it had when its text was alone, or be a 429; others leave, dribble, send broken or huge bodies,
or what is no HTTP; and now and then a thousand connections ask at once. Fails on a wrong answer, an error
that is none of the client's, a server that ends, and on memory or descriptors that grow.
"""
import argparse, asyncio, json, random, resource, sys, time

from served import Server

WORDS = "whale sea red car paper plane green tree hill blue house night big small".split()
GOOD_CLIENTS, BAD_CLIENTS = 24, 8
chance = random.Random(7)
texts = [" ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 40))) for _ in range(200)]
questions = [("/v1/embeddings", {"input": text, "encoding_format": "base64"}) for text in texts]
questions += [("/embed", {"inputs": texts[i:i + 8]}) for i in range(0, 80, 8)]


def post(path, body, length=None):
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body) if length is None else length}\r\n\r\n".encode() + body


requests = [post(path, json.dumps(value).encode()) for path, value in questions]


class Tally:
    """What happened, how often, and what should not have."""

    def __init__(self, end, most):
        self.counts, self.wrong, self.total = {}, [], 0
        self.end, self.most = end, most

    def note(self, name, is_right=True, *about):
        self.total += 1
        self.counts[name] = self.counts.get(name, 0) + 1
        if not is_right:
            self.wrong.append((name, *about))

    @property
    def is_over(self):
        return time.time() >= self.end or self.total >= self.most


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
    return int(head.split(None, 2)[1]), await reader.readexactly(int(fields.get(b"content-length", 0)))


async def ask(reader, writer, alone, tally, who):
    place = chance.randrange(len(requests))
    writer.write(requests[place])
    status, body = await answer(reader)
    is_right = body == alone[place] if status == 200 else status == 429
    tally.note(f"{who} {status}", is_right, questions[place], body[:200])


async def good(port, alone, tally):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not tally.is_over:
        await ask(reader, writer, alone, tally, "good")
    writer.close()


async def crowd(port, alone, tally, count):
    """So many connections, all open before the first of them asks."""
    streams = await asyncio.gather(*[asyncio.open_connection("127.0.0.1", port) for _ in range(count)])
    await asyncio.gather(*[ask(*stream, alone, tally, "crowd") for stream in streams])
    for _, writer in streams:
        writer.close()


class Bad:
    """Ways of being a bad client; each returns the status that it is told, or None where it is told none."""

    async def cut(reader, writer):
        writer.write(chance.choice(requests)[:-5])

    async def leave(reader, writer):
        writer.write(post("/v1/embeddings", json.dumps({"input": texts}).encode()))
        await writer.drain()
        await asyncio.sleep(chance.random() / 10)

    async def leave_soon(reader, writer):
        writer.write(chance.choice(requests))
        await writer.drain()
        await asyncio.sleep(chance.random() / 200)

    async def half_close(reader, writer):
        writer.write(chance.choice(requests))
        writer.write_eof()

    async def head(reader, writer):
        writer.write(b"POST /embed HTTP/1.1\r\nhos")
        await asyncio.sleep(chance.random())

    async def noise(reader, writer):
        writer.write(chance.randbytes(500))

    async def broken(reader, writer):
        writer.write(post("/embed", b'{"inputs"'))
        return 422

    async def bytes_in_text(reader, writer):
        body = bytearray(b'{"input":"' + b"a" * 60 + b'"}')
        body[12 + chance.randrange(40)] = 0xFF
        writer.write(post("/v1/embeddings", bytes(body)))
        return 400

    async def wrong_kind(reader, writer):
        value = chance.choice([[], 7, None, {"input": {}}, {"input": [None]}, {"input": [["a"]]}, {"input": "a", "x": 1},
                               {"input": "a", "dimensions": -1}, {"input": {"image": "####"}}])
        writer.write(post("/v1/embeddings", json.dumps(value).encode()))
        return 400

    async def deep(reader, writer):
        writer.write(post("/v1/embeddings", b'{"input":' + b"[" * 100_000))
        return 400

    async def wide(reader, writer):
        writer.write(post("/v1/embeddings", b'{"input":[' + b"1," * 1_000_000 + b"1]}"))
        return 400

    async def huge(reader, writer):
        writer.write(post("/embed", bytes(100_000), length=999_999_999))
        return 413

    async def endless(reader, writer):
        writer.write(b"POST /embed HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(40):
            writer.write(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
            await writer.drain()
        return 413

    async def slow(reader, writer):
        sent = chance.choice(requests)
        for piece in [sent[:-20]] + [bytes([byte]) for byte in sent[-20:]]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        return 200


# What takes long, or much of the machine, comes less often.
WAYS = [(way, 1 if way in (Bad.endless, Bad.slow, Bad.head, Bad.deep, Bad.wide, Bad.leave) else 8)
        for name, way in vars(Bad).items() if not name.startswith("__")]


async def bad(port, tally):
    while not tally.is_over:
        way = chance.choices(*zip(*WAYS))[0]
        status = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            expected = await way(reader, writer)
            await writer.drain()
            if expected:
                status = (await asyncio.wait_for(answer(reader), 60))[0]
            writer.close()
            tally.note(f"{way.__name__} {status or 'left'}", status in (expected, 429), expected)
        except (ConnectionError, asyncio.IncompleteReadError):
            # Who still sends when the answer is said may not hear it.
            tally.note(f"{way.__name__} closed", way in (Bad.huge, Bad.endless, Bad.noise) or not status)


async def load(server, options):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    alone = []
    for request in requests:
        writer.write(request)
        status, body = await answer(reader)
        assert status == 200, body
        alone.append(body)
    writer.close()
    start = time.time()
    tally = Tally(start + options.seconds, options.requests)
    sizes = []

    async def watch():
        while not tally.is_over:
            step = asyncio.sleep(max(1, min(30, options.seconds / 8)))
            await asyncio.gather(step, crowd(server.port, alone, tally, options.connections))
            now, _, files = server.size()
            sizes.append(now)
            print(f"{time.time() - start:5.0f} s  {tally.total:7} requests  {now:5} MiB  {files:4} descriptors", flush=True)

    await asyncio.gather(watch(), *[good(server.port, alone, tally) for _ in range(GOOD_CLIENTS)],
                         *[bad(server.port, tally) for _ in range(BAD_CLIENTS)])
    await asyncio.sleep(2)
    now, most, files = server.size()
    print(f"afterwards {now} MiB, {most} at most, {files} descriptors")
    print(json.dumps(tally.counts, sort_keys=True, indent=0))
    # What bodies of 32 MiB have touched stays with the process; what leaks grows on with the requests.
    early = max(sizes[:max(1, len(sizes) // 4)])
    tally.wrong += [("memory grows", sizes)] if now > early + 300 else []
    tally.wrong += [("descriptors stay open", files)] if files > 64 else []
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tessera")
    parser.add_argument("-m", "--model", default="picturebook")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=sys.maxsize, help="at most, of all kinds")
    parser.add_argument("--connections", type=int, default=1000, help="that ask at once, now and then")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with Server(options.tessera, "-m", options.model) as server:
        tally = asyncio.run(load(server, options))
        if server.process.poll() is not None:
            tally.wrong.append(("it ended", server.process.returncode))
    if server.status:
        tally.wrong.append(("it did not stop as it should", server.status))
    for case in tally.wrong[:10]:
        print("wrong:", *case, file=sys.stderr)
    print(f"{tally.total} requests, {len(tally.wrong)} wrong")
    return 1 if tally.wrong else 0


sys.exit(main())
