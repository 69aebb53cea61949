#!/usr/bin/env python3
"""Makes a Python wheel of the tree that Scripts/dist.sh made: wheel.py TREE FOLDER

The wheel is the module in python/tessera with the command beside it; numpy is what it needs, and
no compiler. It holds for the system that the tree was built on: its C library or a newer one, with
the image libraries and SQLite installed.
"""
import base64
import hashlib
import pathlib
import platform
import re
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def version():
    text = (ROOT / "Sources/Embedders/Build.swift").read_text()
    return re.search(r'public static let version = "([0-9.]+)"', text).group(1)


def contents(tree):
    """Names in the wheel, their bytes, and whether they run."""
    for file in sorted((ROOT / "python/tessera").glob("*.py")):
        yield f"tessera/{file.name}", file.read_bytes(), False
    commands = tree / "libexec/tessera"
    yield "tessera/libexec/tessera", (commands / "tessera").read_bytes(), True
    for file in sorted(path for path in commands.glob("*.resources/**/*") if path.is_file()):
        yield f"tessera/libexec/{file.relative_to(commands)}", file.read_bytes(), False


def main(tree, folder):
    tag = f"py3-none-{platform.system().lower()}_{platform.machine()}"
    info = f"tessera-{version()}.dist-info"
    metadata = f"""Metadata-Version: 2.1
Name: tessera
Version: {version()}
Summary: Embeddings of texts, of pictures, and of both in one vector
License: Apache-2.0
Requires-Python: >=3.9
Requires-Dist: numpy
"""
    wheel = f"Wheel-Version: 1.0\nGenerator: tessera\nRoot-Is-Purelib: false\nTag: {tag}\n"
    files = list(contents(tree)) + [
        (f"{info}/METADATA", metadata.encode(), False),
        (f"{info}/WHEEL", wheel.encode(), False),
    ]
    record = []
    out = folder / f"tessera-{version()}-{tag}.whl"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, data, runs):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            archive.writestr(entry, data)

        for name, data, runs in files:
            add(name, data, runs)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}")
        record.append(f"{info}/RECORD,,")
        add(f"{info}/RECORD", "\n".join(record).encode() + b"\n", False)
    print(out)


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
