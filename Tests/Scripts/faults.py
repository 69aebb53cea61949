#!/usr/bin/env python3
"""Lets reading and writing fail, and kills, at each call in turn; and shows that what is kept is whole.

    Tests/Scripts/faults.py [--every] [FOLDER]     --every: at each call, rather than at some forty;
                                                   FOLDER: where the commands are

Faults come from a shim in front of the C library, made here: a disk that cannot be read or is
full, calls that do half of what they were asked or are interrupted, a process that is killed in the
middle of a write. What was written before stays in the system's memory: a loss of power is another
thing. Files that claim huge sizes are read with little memory to be had.

Run it after `swift build -c release`. Needs a C compiler, as the Swift
toolchain has one; Linux.
"""
import json
import os
import pathlib
import queue
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import faulty
from faulty import COMMAND, CONVERTER, ROOT, Place, check, counts, each, problems, some, was_told

SHIM = pathlib.Path(__file__).with_suffix("") / "faults.c"

# ---- Writing

class Slot:
    """A place whose index is brought back to what it was before each change."""

    def __init__(self, shim):
        self.place = Place(shim)
        check(self.place.update().returncode == 0, "an index without faults")
        self.full = self.kept("full")
        for number in range(0, 24, 2):
            (self.place.files / f"{number}.txt").unlink()
        self.prune = ["index", self.place.files, "--into", self.place.index, "--prune"]
        self.place.run(*self.prune)
        self.pruned = self.kept("pruned")
        self.compact = ["store", "compact", "--in", self.place.index]
        self.place.run(*self.compact)
        self.compacted = self.kept("compacted")

    def kept(self, name):
        copy = self.place.folder / name
        shutil.copytree(self.place.index, copy)
        return copy, self.place.state()

    def bring_back(self, kept):
        shutil.rmtree(self.place.index)
        shutil.copytree(kept[0], self.place.index)


def writing(shim):
    """An index is made, changed and compacted, with a fault at each write."""
    slots = queue.Queue()
    for _ in range(2):
        slots.put(Slot(shim))
    slot = slots.queue[0]
    expected = slot.full[1]

    def fresh(fault):
        place = Place(shim)
        kind, number = fault
        done = place.update(call="write", kind=kind, at=number, under=place.index)
        what = f"index, {kind} at write {number}"
        came = place.log()[0] == kind
        if kind == "kill":
            check(not came or done.returncode == -9, f"{what}: status {done.returncode}")
        else:
            was_told(done, what)
        check(place.verified() is not None, f"{what}: what is there is not whole")
        check(place.update().returncode == 0, f"{what}: the next run fails")
        check(place.state() == expected, f"{what}: the finished index differs")
        place.close()
        return came

    def changed(fault):
        kind, number, change, before, after = fault
        slot = slots.get()
        place, arguments = slot.place, getattr(slot, change)
        slot.bring_back(getattr(slot, before))
        done = place.run(*arguments, call="write", kind=kind, at=number, under=place.index)
        what = f"{change}, {kind} at write {number}"
        came = place.log()[0] == kind
        if kind != "kill":
            was_told(done, what)
        rows = place.verified()
        check(rows in (27, 15), f"{what}: {rows} rows")
        check(place.run(*arguments).returncode == 0, f"{what}: the next run fails")
        check(place.state()[0] == getattr(slot, after)[1][0], f"{what}: the finished index differs")
        slots.put(slot)
        return came

    empty = Place(shim)
    count = empty.calls(["index", empty.files, "--into", empty.index], "write", empty.index)
    check(count > 20, f"only {count} writes of an index")
    kinds = ["kill", "ENOSPC", "EIO"]
    each("index made", fresh, [(kind, n) for kind in kinds for n in some(count)])
    for name, change, before, after in [("rows removed", "prune", "full", "pruned"),
                                        ("index compacted", "compact", "pruned", "compacted")]:
        slot.bring_back(getattr(slot, before))
        count = slot.place.calls(getattr(slot, change), "write", slot.place.index)
        each(name, changed, [
            (kind, n, change, before, after) for kind in kinds for n in some(count)])


def replacing(shim):
    """A file that is written over is the old one or the new one, whole."""
    place = Place(shim)
    out = place.folder / "out"
    out.mkdir()
    arguments = ["encode", "--text", "a whale", "--text", "a car", "--format", "safetensors", "-o"]
    check(place.run(*arguments, out / "v").returncode == 0, "encode without faults")
    new = (out / "v").read_bytes()
    count = place.calls([*arguments, out / "v"], "write", out)

    def replaced(fault):
        kind, number = fault
        mine = pathlib.Path(tempfile.mkdtemp(dir=place.folder)) / "v"
        mine.write_bytes(b"old")
        own = Place(shim)
        done = own.run(*arguments, mine, call="write", kind=kind, at=number, under=mine.parent)
        what = f"encode -o, {kind} at write {number}"
        if kind != "kill":
            was_told(done, what)
        check(mine.read_bytes() in (b"old", new), f"{what}: neither the old file nor the new one")
        came = own.log()[0] == kind
        own.close()
        return came

    each("file replaced", replaced, [
        (kind, n) for kind in ["kill", "ENOSPC", "EIO"] for n in some(count)])


# ---- Reading

def reading(shim):
    """Commands whose files cannot be read at the n-th call; or only by halves, which is no fault."""
    place = Place(shim)
    place.update()
    texts = place.folder / "texts.jsonl"
    texts.write_text("".join(f'{{"text": "a whale of {n}"}}\n' for n in range(3000)))
    picture = sorted(place.files.glob("*.webp"))[0]
    model = ROOT / "models/picturebook"
    cases = {
        "a picture": (["encode", "--image", picture], place.files),
        "a list": (["encode", "--input", texts], place.folder / "texts"),
        "a model": (["encode", "-m", model, "--text", "a whale"], model),
        "an index": (["search", "--in", place.index, "a red whale"], place.index),
        "an index's rows": (["store", "verify", "--in", place.index], place.index),
    }
    for name, (arguments, under) in cases.items():
        right = place.run(*arguments)
        check(right.returncode == 0, f"{name} without faults: {right.stderr[-300:]}")
        count = place.calls(arguments, "read", under)

        def failing(number):
            own = Place(shim)
            done = own.run(*arguments, call="read", kind="EIO", at=number, under=under)
            what = f"{name}, EIO at read {number} of {count}"
            was_told(done, what)
            came = own.log()[0] == "EIO"
            if done.returncode == 0:
                check(done.stdout == right.stdout, f"{what}: another answer, and no error")
            own.close()
            return came

        each("read fails", failing, some(count))
        for kind in ["short", "EINTR"]:
            done = place.run(*arguments, call="read", kind=kind, at=1, under=under)
            check(done.stdout == right.stdout and done.returncode == 0,
                  f"{name}, {kind} reads: {done.stderr[-300:]}")
        counts["read by halves, interrupted"] = counts.get("read by halves, interrupted", 0) + 2
    expected = place.state()
    for kind in ["short", "EINTR"]:
        own = Place(shim)
        done = own.update(call="write", kind=kind, at=1, under=own.index)
        check(done.returncode == 0 and own.state() == expected, f"{kind} writes: {done.stderr}")
    counts["written by halves, interrupted"] = 2


# ---- Sizes that files claim

def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64))
            + chunk(b"IEND", b""))


def pictures():
    huge = 0x7FFFFFFF
    yield "huge.png", png(huge, huge)
    yield "wide.png", png(1_000_000, 1_000_000)
    yield "huge.bmp", (b"BM" + struct.pack("<IHHI", 54, 0, 0, 54)
                       + struct.pack("<IiiHHIIiiII", 40, huge, huge, 1, 24, 0, 0, 0, 0, 0, 0))
    yield "huge.gif", (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"\x2c"
                       + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x08\x01\x00\x00;")
    entries = [(256, 4, 1, huge), (257, 4, 1, huge), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
               (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, huge), (279, 4, 1, huge)]
    yield "huge.tif", (b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
                       + b"".join(struct.pack("<HHII", *entry) for entry in entries) + b"\0" * 4)
    yield "huge.jpg", (b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 65535, 65535)
                       + b"\x03\x01\x11\0\x02\x11\0\x03\x11\0" + b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0"
                       + b"\0" * 20)
    size = struct.pack("<I", 16383 | 16383 << 14)
    yield "huge.webp", (b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8L" + struct.pack("<I", 18) + b"\x2f"
                        + size + b"\0" * 13)


def safetensors(*tensors, length=None):
    header = json.dumps({name: {"dtype": kind, "shape": shape, "data_offsets": offsets}
                         for name, kind, shape, offsets in tensors}).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header


def hostile(shim):
    """Files that claim what no memory holds, each in a gibibyte more than its command takes anyway."""
    place = Place(shim)
    weights = [
        safetensors(length=2**63 - 1), safetensors(length=99_999_999),
        safetensors(("embeddings.word_embeddings.weight", "F32", [2**40, 2**20], [0, 2**62])),
        safetensors(("embeddings.word_embeddings.weight", "F32", [2**62, 4], [0, 0])),
        safetensors(("embeddings.word_embeddings.weight", "F16", [30522, 2**40], [0, 61044 * 2**40])),
    ]
    cases = [(["encode", "--image", name], COMMAND, name, data) for name, data in pictures()]
    cases += [(["encode", "-m", "model", "--text", "a"], COMMAND, "model/model.safetensors", data)
              for data in weights]
    numbers = ["{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % shape
               for shape in ["1000000000000000, 384", "4, 4611686018427387904", "9" * 30 + ", 1"]]
    cases += [(["index", "--vectors", "v.npy", "--into", "v.tessera"], COMMAND, "v.npy",
               b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode()) for text in numbers]
    for field in ["hidden_size", "vocab_size", "num_hidden_layers", "max_position_embeddings",
                  "intermediate_size", "num_attention_heads"]:
        config = json.loads((ROOT / "models/picturebook/config.json").read_text())
        layer = config.get("text_config", config)
        if field in layer:
            layer[field] = 2**61
            cases.append((["encode", "-m", "model", "--text", "a"], COMMAND, "model/config.json",
                          json.dumps(config).encode()))
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 65535, 65535, 0xFFFFFFFE, 0, 0)
    cases += [(["--list", "w.pth"], CONVERTER, "w.pth", data) for data in [
        b"PK\3\4" + b"\0" * 60 + end, b"\x80\2\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + b"\x80\2X\xff\xff\xff\x7f"]]
    cases += [(["encode", "--input", "deep.jsonl"], COMMAND, "deep.jsonl", data) for data in [
        b'{"text":' + b"[" * 2_000_000, b'{"text": "' + b"a" * 3_000_000]]
    cases += [(["tokenize", "-m", "model", "--text", "a"], COMMAND, "model/tokenizer.json", data)
              for data in [b"[" * 2_000_000, b'{"model":{"type":"Unigram","vocab":[["a",1e999]],"unk_id":9223372036854775807}}']]

    def tried(case):
        arguments, command, name, data = case
        own = Place(shim)
        shutil.copytree(ROOT / "models/picturebook", own.folder / "model", symlinks=False,
                        ignore=shutil.ignore_patterns("training*", "gallery", "*.png"))
        target = own.folder / name
        target.write_bytes(data)

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

        child = subprocess.Popen(
            [command, *arguments], cwd=own.folder, preexec_fn=limit, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
        out, errors = child.communicate(timeout=120)
        what = f"{name} of {len(data)} bytes"
        check(child.returncode > 0, f"{what}: status {child.returncode}: {errors[-300:]}")
        check((errors + out).strip(), f"{what}: refused without a word")
        own.close()
        return 1

    each("sizes that no memory holds", tried, cases)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    check(peak < 1024, f"a command took {peak} MiB")


if sys.platform != "linux":
    sys.exit("faults.py: nothing to show, LD_PRELOAD is Linux's")
with tempfile.TemporaryDirectory(prefix="tessera-faults-") as work:
    faulty.work = work
    library = pathlib.Path(work) / "faults.so"
    compiler = shutil.which("cc") or shutil.which("clang") or sys.exit("faults.py: there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl"], check=True)
    for part in [writing, replacing, reading, hostile]:
        part(library)
for problem in problems:
    print(f"faults.py: {problem}", file=sys.stderr)
for name, count in counts.items():
    print(f"{name}: {count} faults")
sys.exit(1 if problems else 0)
