#!/usr/bin/env python3
"""Ctrl-C in a conversation on a terminal: interrupt.py TESSERA GOLDENS

A small model that never ends by itself is asked in a terminal of its own. Ctrl-C in the middle of an
answer has to stop it with a message, and the conversation has to go on as if the answer had been that
long; at the prompt it has to end the program.
"""
import codecs, io, json, os, pathlib, pty, select, shutil, signal, sys, tempfile, termios, time

goldens = pathlib.Path(sys.argv[2])
CTRL_C = b"\x03"
# Long enough for any machine; a run takes seconds.
PATIENCE = 300


def endless(folder):
    """A model whose answers go on for as long as anybody waits."""
    model = pathlib.Path(folder) / "model"
    shutil.copytree(goldens / "zoo/smolvlm", model)
    config = json.loads((model / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 1 << 24
    config.pop("eos_token_id", None)
    config["text_config"].pop("eos_token_id", None)
    (model / "config.json").write_text(json.dumps(config))
    generation = json.loads((model / "generation_config.json").read_text())
    # One that no row of the table is.
    generation.update(eos_token_id=1 << 21, max_new_tokens=1 << 20)
    (model / "generation_config.json").write_text(json.dumps(generation))
    return model


class Terminal:
    """A program in a terminal, until the block ends."""

    def __init__(self, *command):
        self.command = list(map(str, command))
        self.text = ""
        self.status = None
        # What is read may end within a character or a line's end.
        self.decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)

    def __enter__(self):
        self.process, self.file = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="xterm")
            # Who runs this in the background of a shell has Ctrl-C ignored.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execv(self.command[0], self.command)
        # What is typed is not shown between the rows, and Ctrl-C throws no row away that is on its way.
        mode = termios.tcgetattr(self.file)
        mode[3] = mode[3] & ~termios.ECHO | termios.NOFLSH
        termios.tcsetattr(self.file, termios.TCSANOW, mode)
        return self

    def __exit__(self, kind, error, trace):
        if self.status is None:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self.file)

    def type(self, data):
        os.write(self.file, data)

    def take(self):
        """Reads what there is; says whether the program is still there."""
        if not select.select([self.file], [], [], 0.05)[0]:
            return True
        try:
            data = os.read(self.file, 1 << 16)
        except OSError:
            data = b""
        self.text += self.decoder.decode(data)
        return bool(data)

    def wait(self, what, is_there):
        """Reads until something is there behind what was waited for before."""
        end = time.time() + PATIENCE
        while not is_there(self.text):
            if not self.take() or time.time() > end:
                sys.exit(f"interrupt.py: {what}: it did not come; there is {self.text[-1000:]!r}")

    def prompt(self):
        """Reads on to the prompt, and gives what stands before it."""
        self.wait("a prompt", lambda text: text.endswith("> "))
        before, self.text = self.text, ""
        return before

    def end(self):
        """How the program ends, by itself: the number of the signal, or −1."""
        while self.take():
            pass
        _, self.status = os.waitpid(self.process, 0)
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else -1


def rows(text):
    # The last line is not whole yet, or is a prompt.
    whole = text.split("\n")[:-1]
    found = [line[line.index("{"):] for line in whole if "{" in line and line.endswith("}")]
    return [json.loads(line) for line in found]


def steps(text):
    return [row["id"] for row in rows(text) if "step" in row]


def check(what, is_true, *about):
    if not is_true:
        sys.exit(" ".join(map(str, ("interrupt.py: WRONG:", what) + about)))
    print(f"ok    {what}")


def interrupted(terminal, text, enough):
    """Says something, presses Ctrl-C when so many tokens are there, and gives what was shown."""
    terminal.type(text.encode() + b"\n")
    terminal.wait(f"{enough} tokens", lambda shown: len(steps(shown)) >= enough)
    terminal.type(CTRL_C)
    shown = terminal.prompt()
    end = [row for row in rows(shown) if "answer" in row]
    check(f"an answer ends after {enough} tokens and more, with one row", len(end) == 1, shown[-500:])
    check("which says so", end[0]["end"] == "interrupted", end)
    check("and how many tokens there are", end[0]["answer_tokens"] == len(steps(shown)), end)
    return end[0], steps(shown)


def main():
    tessera, questions = sys.argv[1], ["What is in this picture?", "And why?", "Are you sure?"]
    with tempfile.TemporaryDirectory() as folder:
        chat = [tessera, "chat", "-m", endless(folder), "--temperature", 0,
                "--image", goldens / "images/rgb.png"]
        with Terminal(*chat, "--logits", 1) as terminal:
            terminal.prompt()
            first, tokens = interrupted(terminal, questions[0], 50)
            others = [interrupted(terminal, question, 30) for question in questions[1:]]
            terminal.type(CTRL_C)
            check("at the prompt, Ctrl-C ends the program", terminal.end() == signal.SIGINT)
        # The same conversation, of which no answer is stopped.
        with Terminal(*chat, "--logits", 1, "--max-new-tokens", len(tokens)) as terminal:
            terminal.prompt()
            terminal.type(questions[0].encode() + b"\n")
            shown = terminal.prompt()
            end = [row for row in rows(shown) if "answer" in row][0]
            check("an answer of that length has the same words", end["answer"] == first["answer"]
                  and end["end"] == "length" and steps(shown) == tokens)
            terminal.type(questions[1].encode() + b"\n")
            expected = steps(terminal.prompt())
            found = others[0][1]
            count = min(len(found), len(expected))
            check(f"{count} tokens of the next answer are those after an answer of that length",
                  count >= 30 and found[:count] == expected[:count])
            terminal.type(b"/quit\n")
            check("/quit ends the program", terminal.end() == -1 and terminal.status == 0)
        with Terminal(*chat) as terminal:
            check("the first line says what Ctrl-C does", "Ctrl-C stops an answer" in terminal.prompt())
            terminal.type(questions[0].encode() + b"\n")
            terminal.wait("words", lambda text: len(text) > 300)
            terminal.type(CTRL_C)
            shown = terminal.prompt()
            check("a stopped text ends with a message on a line of its own",
                  shown.endswith("\nnote: the answer was stopped\n> "), shown[-300:])
            terminal.type(b"/reset\n")
            check("and the session goes on", "what was said is forgotten" in terminal.prompt())
            terminal.type(questions[1].encode() + b"\n")
            terminal.wait("words", lambda text: len(text) > 200)
            terminal.type(CTRL_C)
            terminal.prompt()
            terminal.type(CTRL_C)
            check("Ctrl-C ends a text session, too", terminal.end() == signal.SIGINT)


main()
