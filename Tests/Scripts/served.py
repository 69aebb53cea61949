"""A server of tessera's for a script that asks it, and what it is given to serve."""
import json, os, pathlib, shutil, subprocess, sys, tempfile, time

root = pathlib.Path(__file__).resolve().parents[2]
goldens = root / "Tests/Support/Goldens"


class Server:
    """`tessera serve` at a free port, until the block ends; then it has to stop by itself with 0.

    `tessera` is the program, or a list of words that runs it."""

    def __init__(self, tessera, *arguments):
        tessera = tessera if isinstance(tessera, list) else [tessera]
        self.command = [*map(str, [*tessera, "serve", "--port", "0", "--log", "none", *arguments])]
        self.status = None

    def __enter__(self):
        # In a file, as nobody reads a pipe while the server runs.
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(self.command, stderr=self.errors)
        for _ in range(600):
            line = next((line for line in self.said().splitlines() if "http://" in line), None)
            if line:
                self.port = int(line.rsplit(":", 1)[1])
                self.url = f"http://127.0.0.1:{self.port}"
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.process.kill()
        sys.exit(f"{' '.join(self.command)}: {self.said().strip() or 'it does not listen'}")

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.terminate()
        self.status = self.process.wait(60)
        if self.status:
            print(f"the server ended with {self.status}: {self.said()[-2000:]}", file=sys.stderr)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def size(self):
        """MiB of memory now and at most, and open descriptors."""
        fields = dict(line.split(":", 1) for line in open(f"/proc/{self.process.pid}/status"))
        now, most = (int(fields[name].split()[0]) >> 10 for name in ("VmRSS", "VmHWM"))
        return now, most, len(os.listdir(f"/proc/{self.process.pid}/fd"))


class ChatModel:
    """A stand-in for the chat model of --chat, until the block ends."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, root / "Tests/Support/chat.py"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        port = json.loads(self.process.stdout.readline())["port"]
        self.options = ["--chat", f"http://127.0.0.1:{port}/v1#good", "--chat-api", "chat"]
        return self

    def __exit__(self, kind, error, trace):
        self.process.stdin.close()
        self.process.wait()


def run(command, *arguments, text=None):
    """What a program prints; ends the script where it fails."""
    done = subprocess.run([str(command), *map(str, arguments)], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def indexed(tessera, folder, model="picturebook"):
    """An index of a few texts and pictures in the folder."""
    files = pathlib.Path(folder) / "files"
    files.mkdir(parents=True)
    for number, text in enumerate(["a blue whale", "the red car at night", "two red circles", "a cat"]):
        (files / f"{number}.txt").write_text(text)
    for name in ["000-big-blue-whale-sea", "020-red-car-beside-two-green-balloons-desert"]:
        shutil.copy(root / f"models/picturebook/gallery/{name}.webp", files)
    place = pathlib.Path(folder) / "notes.tessera"
    run(tessera, "index", files, "--into", place, "-m", model, "--quiet")
    return place
