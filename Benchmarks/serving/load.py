"""Requests to an embedding server at so many connections, and what became of them."""

import asyncio
import json
import math
import random
import time
from dataclasses import dataclass, field

import numpy

# A token each, in the vocabularies of BERT's kind.
WORDS = """river stone winter light garden music letter doctor street window summer paper bridge market
village friend story silver engine flower island mother ocean forest teacher answer morning evening dinner
horse cloud color bread table metal glass train plane ship road field hill valley north south east west
king queen soldier captain student school church museum theater library kitchen bedroom science history
language number question reason nature animal fish bird tree grass leaf fire water wind rain snow
quick slow bright dark heavy soft early late young old open closed green blue red white black yellow
walk run speak write read build carry find keep leave follow return begin finish learn teach buy sell""".split()


def texts(kind: str, count: int, seed: int = 11) -> list[str]:
    """Short ones of 16 tokens, markers included; or mixed ones, log-normal from 4 to 400."""
    chance = random.Random(seed)
    lengths = {
        "short": lambda: 14,
        "mixed": lambda: min(398, max(2, round(chance.lognormvariate(math.log(40), 1)))),
    }
    return [" ".join(chance.choices(WORDS, k=lengths[kind]())) for _ in range(count)]


def request(port: int, model: str, text: str) -> bytes:
    body = json.dumps({"model": model, "input": text, "encoding_format": "float"}).encode()
    return (f"POST /embeddings HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n").encode() + body


@dataclass
class Result:
    """Of one step: seconds of each answer, and who answered what."""

    seconds: float = 0
    times: list[float] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return 1000 * float(numpy.percentile(self.times, share)) if self.times else math.nan


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    return int(head.split(None, 2)[1]), await reader.readexactly(length)


async def alone(port: int, requests: list[bytes]) -> list[bytes]:
    """Each answer, by one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bodies = []
    for each in requests:
        writer.write(each)
        status, body = await answer(reader)
        if status != 200:
            raise SystemExit(f"the server says {status}: {body[:200]!r}")
        bodies.append(body)
    writer.close()
    return bodies


async def step(port: int, requests: list[bytes], connections: int, seconds: float) -> Result:
    """Each connection asks, waits for the answer, and asks again, until the time is over."""
    result = Result()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    start = time.perf_counter()

    async def client(number: int, reader, writer) -> None:
        chance = random.Random(number)
        while time.perf_counter() < start + seconds:
            place = chance.randrange(len(requests))
            begin = time.perf_counter()
            writer.write(requests[place])
            try:
                status, body = await answer(reader)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                status, body = type(error).__name__, b""
            if status == 200:
                result.times.append(time.perf_counter() - begin)
                result.answers.append((place, body))
                continue
            result.others[str(status)] = result.others.get(str(status), 0) + 1
            if not body:
                return
            # Who is refused asks again after a while.
            await asyncio.sleep(0.1)

    await asyncio.gather(*[client(number, *streams) for number, streams in enumerate(opened)])
    result.seconds = time.perf_counter() - start
    for _, writer in opened:
        writer.close()
    return result


def vector(body: bytes) -> bytes:
    """The bits of an answer's one vector."""
    return numpy.asarray(json.loads(body)["data"][0]["embedding"], numpy.float32).tobytes()


def share_of_same_bits(result: Result, expected: list[bytes]) -> float:
    same = sum(vector(body) == expected[place] for place, body in result.answers)
    return same / max(1, len(result.answers))
