#!/usr/bin/env python3
"""Installs the products in a bare Debian, where there is no Swift and no clone, and uses them there.

    Tests/Scripts/installed.py [deb] [install] [tarball] [wheel]      all, unless some are named

`make deb wheel` makes them first. The Debian package, what `make install` leaves, the tarball, unpacked
in a folder with a space in its name, and the wheel are used by somebody without rights, who encodes texts
and pictures, indexes and searches a folder, lists tensors and serves; vectors have to be those of the
build here.
Needs root, debootstrap and the network.
"""
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import served

ROOT = pathlib.Path(__file__).resolve().parents[2]
GALLERY = ROOT / "models/picturebook/gallery"
PICTURE = "000-big-blue-whale-sea.webp"
USER = "1000:1000"
LINES = [{"text": "a whale"}, {"image": PICTURE}, {"text": "at night", "image": PICTURE}]

WHEEL = """
import json, pathlib, numpy, tessera
picture = pathlib.Path("%s")
embedder = tessera.Embedder()
items = ["a whale", picture, {"text": "at night", "image": picture}]
vectors = embedder.encode(items, batch_size=2, show_progress_bar=False)
assert isinstance(vectors, numpy.memmap) and vectors.dtype == numpy.float32
assert numpy.array_equal(embedder.encode("a whale"), vectors[0])
short = embedder.encode(items, truncate_dim=16, normalize_embeddings=True)
assert short.shape == (3, 16) and numpy.allclose(numpy.linalg.norm(short, axis=1), 1)
assert embedder.encode([]).shape == (0, embedder.dimensions)
for wrong in [pathlib.Path("no such picture.png")], [{"txt": "a"}], [7]:
    try:
        embedder.encode(wrong)
    except (tessera.TesseraError, ValueError, TypeError) as error:
        assert str(error), wrong
    else:
        raise AssertionError(f"{wrong} is no item")
print(json.dumps(vectors.tolist()))
""" % PICTURE


class Machine:
    """A Debian of the release that runs here, with what its smallest installation holds."""

    def __init__(self, folder):
        self.root = folder / "debian"
        release = dict(line.split("=", 1) for line in open("/etc/os-release") if "=" in line)
        release = release["VERSION_CODENAME"].strip().strip('"')
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", release, self.root)
        # What this machine needs to reach the network.
        for path in ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt",
                     *glob.glob("/etc/apt/apt.conf.d/99*"), "/etc/pip.conf"]:  # fmt: skip
            if os.path.exists(path):
                shutil.copy(path, f"{self.root}{path}")
        self.home = self.root / "home/somebody"
        shutil.copytree(GALLERY, self.home / "gallery")
        shutil.copy(served.goldens / "clip-tiny/model.safetensors", self.home)
        run("chown", "-R", USER, self.home)
        run("mount", "-t", "proc", "proc", self.root / "proc")

    def command(self, *command, rights=False):
        """That command in the machine, in the gallery; with little of an environment."""
        who = [] if rights else [f"--userspec={USER}"]
        kept = [f"{name}={value}" for name, value in os.environ.items()
                if name.lower().endswith("_proxy") or name == "PIP_CERT"]  # fmt: skip
        return ["chroot", *who, self.root, "/usr/bin/env", "-i", "-C", "/home/somebody/gallery",
                "HOME=/home/somebody", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive", *kept, *command]  # fmt: skip

    def run(self, *command, rights=False, **options):
        return run(*self.command(*command, rights=rights), **options)

    def install(self, *packages):
        self.run("apt-get", "update", "-qq", rights=True)
        self.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, rights=True)

    def end(self):
        run("umount", self.root / "proc")


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    if done.returncode:
        told = (done.stdout + done.stderr)[-2000:]
        sys.exit(f"installed.py: {' '.join(map(str, command))} ended with {done.returncode}: {told}")
    return done.stdout


def product(pattern):
    found = glob.glob(str(ROOT / ".build-dist" / pattern))
    if len(found) != 1:
        sys.exit(f"installed.py: expected one {pattern} in .build-dist, found {len(found)}; make deb wheel")
    return pathlib.Path(found[0])


def compare(theirs, what):
    """Rows are decimals, a wheel's vectors are not."""
    rows = run(ROOT / ".build/release/tessera", "encode", "--input", "-", "--quiet", cwd=GALLERY,
               input="".join(json.dumps(line) + "\n" for line in LINES))  # fmt: skip
    own = [json.loads(row)["embedding"] for row in rows.splitlines()]
    worst = max(abs(a - b) for x, y in zip(own, theirs) for a, b in zip(x, y))
    if len(own) != len(theirs) or worst > 1e-8:
        sys.exit(f"installed.py: {what}: {len(theirs)} vectors, {worst} from the {len(own)} of the build")
    print(f"installed.py: {what}: {len(own)} vectors, at most {worst:.1e} from the build's")


def use(machine, folder, what):
    """All that a user does first, with the commands in that folder of the machine."""
    tessera = f"{folder}/tessera"
    print("installed.py:", machine.run(tessera, "--version").strip())
    rows = machine.run(tessera, "encode", "--input", "-", "--quiet",
                       input="".join(json.dumps(line) + "\n" for line in LINES))  # fmt: skip
    compare([json.loads(row)["embedding"] for row in rows.splitlines()], what)

    index = "/home/somebody/photos.tessera"
    machine.run("rm", "-rf", index)
    machine.run(tessera, "index", ".", "--into", index)
    hit = machine.run(tessera, "search", "--in", index, f"@{PICTURE}", "-k", "1")
    if PICTURE not in hit.split("\n", 1)[1]:
        sys.exit(f"installed.py: {what}: a picture finds not itself, but {hit}")
    if "F32" not in (listed := machine.run(
            f"{folder}/weights-converter", "--list", "/home/somebody/model.safetensors")):
        sys.exit(f"installed.py: {what}: weights-converter lists {listed[:200]}")

    with served.Server(machine.command(tessera), "--in", index) as server:
        body = json.dumps({"model": "picturebook", "input": "a whale"}).encode()
        request = urllib.request.Request(f"{server.url}/v1/embeddings", body, {"content-type": "application/json"})
        answer = json.load(urllib.request.urlopen(request, timeout=30))
    if len(answer["data"]) != 1 or server.status:
        sys.exit(f"installed.py: {what}: the server ended with {server.status} after {answer}")


def deb(machine):
    package = product("tessera_*.deb")
    shutil.copy(package, machine.root / "tmp")
    machine.install(f"/tmp/{package.name}")
    use(machine, "/usr/bin", "the Debian package")
    machine.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "libopenblas0", rights=True)
    use(machine, "/usr/bin", "the Debian package, with OpenBLAS")
    machine.run("apt-get", "purge", "-y", "-qq", "tessera", rights=True)
    left = machine.run("find", "/usr", "/etc", "/var/lib/dpkg/info", "-name", "*tessera*", rights=True)
    if left:
        sys.exit(f"installed.py: what the Debian package leaves behind: {left}")


# What the commands are linked with, for those that do not bring it.
LIBRARIES = ["libspng0", "libturbojpeg0", "libwebp7", "libgif7", "libtiff6", "libsqlite3-0",
             "libwebpdemux2", "libstdc++6"]  # fmt: skip


def install(machine):
    machine.install(*LIBRARIES)
    place = [f"DESTDIR={machine.root}", "PREFIX=/opt/tessera"]
    run("make", "-C", ROOT, "install", *place)
    use(machine, "/opt/tessera/bin", "make install")
    run("make", "-C", ROOT, "uninstall", *place)
    if left := machine.run("find", "/opt", "-type", "f"):
        sys.exit(f"installed.py: what make uninstall leaves behind: {left}")


def tarball(machine):
    machine.install(*LIBRARIES)
    place = machine.home / "my programs"
    place.mkdir()
    run("tar", "-C", place, "--strip-components=1", "-xzf", product("tessera-*.tar.gz"))
    use(machine, "/home/somebody/my programs/bin", "the tarball")
    # A link from elsewhere, and the tree under another name.
    place.rename(machine.home / "moved")
    machine.run("ln", "-s", "/home/somebody/moved/bin/tessera", "/home/somebody/moved/bin/weights-converter",
                "/home/somebody/")  # fmt: skip
    use(machine, "/home/somebody", "the tarball, moved and linked")


def wheel(machine):
    machine.install(*LIBRARIES, "python3-venv")
    package = product("tessera-*.whl")
    shutil.copy(package, machine.root / "tmp")
    machine.run("python3", "-m", "venv", "/home/somebody/venv")
    machine.run("/home/somebody/venv/bin/pip", "install", "-q", f"/tmp/{package.name}")
    compare(json.loads(machine.run("/home/somebody/venv/bin/python", "-c", WHEEL)), "the wheel")


def main():
    ways = {"deb": deb, "install": install, "tarball": tarball, "wheel": wheel}
    if os.geteuid() or not shutil.which("debootstrap"):
        sys.exit("installed.py: needs root, and debootstrap")
    if wrong := [name for name in sys.argv[1:] if name not in ways]:
        sys.exit(f"installed.py: {wrong[0]} is not one of {', '.join(ways)}")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        machine = Machine(pathlib.Path(folder))
        try:
            for name in sys.argv[1:] or ways:
                ways[name](machine)
        finally:
            machine.end()


if __name__ == "__main__":
    main()
