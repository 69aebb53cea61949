"""A place in which faults are injected, and what is said of it; for faults.py."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERY = "--every" in sys.argv[1:]
BUILD = pathlib.Path(([a for a in sys.argv[1:] if a != "--every"] or [ROOT / ".build/release"])[0])
COMMAND, CONVERTER = BUILD / "tessera", BUILD / "weights-converter"
GALLERY = ROOT / "models/picturebook/gallery"
problems, counts = [], {}
# Where places are made; faults.py sets it.
work = None


def check(holds, what):
    if not holds:
        problems.append(what)


class Place:
    """A folder of few files, and what is done with them."""

    def __init__(self, shim):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=work))
        self.shim, self.files, self.index = shim, self.folder / "files", self.folder / "i.tessera"
        self.files.mkdir()
        for number in range(24):
            colour = ["red", "blue", "green"][number % 3]
            (self.files / f"{number}.txt").write_text(f"a {colour} whale, {number}")
        for picture in sorted(GALLERY.glob("*.webp"))[:3]:
            shutil.copy(picture, self.files)

    def run(self, *arguments, command=COMMAND, **fault):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        if fault:
            environment["LD_PRELOAD"] = str(self.shim)
            environment["FAULT_LOG"] = str(self.folder / "log")
            (self.folder / "log").unlink(missing_ok=True)
            environment.update({f"FAULT_{key.upper()}": str(value) for key, value in fault.items()})
        return subprocess.run(
            [command, *arguments], env=environment, capture_output=True, text=True, timeout=120)

    def log(self):
        path = self.folder / "log"
        what, number = path.read_text().split() if path.exists() else ("", "0")
        return what, int(number)

    def update(self, *more, **fault):
        return self.run("index", self.files, "--into", self.index, *more, **fault)

    def calls(self, arguments, call, under):
        self.run(*arguments, call=call, under=under, kind="count")
        return self.log()[1]

    def state(self):
        """What the index holds, to be compared."""
        rows = self.run("store", "list", "--in", self.index).stdout
        vectors = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                   for path in self.index.glob("*.npy")}
        return rows.replace(str(self.folder), ""), vectors

    def verified(self):
        """The rows of an index that is whole; 0 where there is none yet, None where it is not."""
        if not (self.index / "index.sqlite").exists():
            return 0
        done = self.run("store", "verify", "--in", self.index, "--format", "json")
        if done.returncode == 1 and "is no index" in done.stderr:
            return 0
        report = json.loads(done.stdout or "{}")
        return report.get("rows") if done.returncode == 0 and not report.get("problems") else None

    def close(self):
        shutil.rmtree(self.folder)


def some(count):
    """Numbers of calls: all, or about forty with the first and the last."""
    step = 1 if EVERY else max(1, count // 40)
    return sorted({*range(1, count + 1, step), *range(max(1, count - 3), count + 1)})


def each(name, work, items):
    """Works on all items, two at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(work, items))
    counts[name] = counts.get(name, 0) + done


def was_told(done, what):
    """Whether a command ended by itself, and said why where it failed."""
    check(done.returncode >= 0, f"{what}: ended by signal {-done.returncode}: {done.stderr[-300:]}")
    said = (done.stderr + done.stdout).strip()
    check(done.returncode == 0 or said, f"{what}: fails, and says nothing")
    check("Fatal error" not in done.stderr, f"{what}: {done.stderr[-300:]}")
