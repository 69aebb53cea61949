"""Embeddings of texts, of pictures, and of both in one vector, by the command ``tessera``.

The command computes; this module hands it items and maps its vectors into numpy. There is no other
dependency, and nothing is computed here but what :meth:`Embedder.encode` says.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy

__all__ = ["Embedder", "TesseraError"]


class TesseraError(RuntimeError):
    """What the command said when it failed."""


def _command():
    """The command of this wheel; without one, that of ``TESSERA_COMMAND`` or of the PATH."""
    own = pathlib.Path(__file__).parent / "libexec" / "tessera"
    found = os.environ.get("TESSERA_COMMAND") or (str(own) if own.exists() else None)
    found = found or shutil.which("tessera")
    if found is None:
        raise TesseraError("there is no command tessera: not in this package, nor on the PATH")
    return found


def _line(item):
    """An item as the command reads it: a text, the path of a picture, or a dictionary of both."""
    if isinstance(item, str):
        return {"text": item}
    if isinstance(item, pathlib.PurePath):
        return {"image": str(pathlib.Path(item).absolute())}
    if isinstance(item, dict):
        unknown = set(item) - {"text", "image", "prompt"}
        if unknown or not set(item) & {"text", "image"}:
            raise ValueError(f"an item has text, image or both (and a prompt), not {sorted(item)}")
        line = {key: value for key, value in item.items() if value is not None}
        if "image" in line and not str(line["image"]).startswith("data:"):
            line["image"] = str(pathlib.Path(line["image"]).absolute())
        return line
    raise TypeError(f"an item is a str, a pathlib.Path or a dict, not {type(item).__name__}")


class Embedder:
    """A model: a folder in Hugging Face's layout, or a name that ``tessera pull`` has fetched.

    Without one, the small model of drawn pictures that comes with the command.

    :param precision: ``float32``, ``bfloat16`` or ``int8``; the folder's own by default.
    :param threads: threads that compute; as many as there are processors by default.
    :param max_length: tokens of a text that are read; the model's limit by default.
    """

    def __init__(self, model=None, *, precision=None, threads=None, max_length=None, command=None):
        self._arguments = [command or _command(), "encode", "--input", "-", "--format", "npy"]
        options = {
            "--model": model, "--precision": precision, "--threads": threads,
            "--max-length": max_length,
        }  # fmt: skip
        for name, value in options.items():
            if value is not None:
                self._arguments += [name, os.fspath(value) if name == "--model" else str(value)]

    def encode(
        self,
        sentences,
        prompt_name=None,
        prompt=None,
        batch_size=None,
        show_progress_bar=None,
        normalize_embeddings=False,
        truncate_dim=None,
    ):
        """Vectors of items, in float32: [items, dimensions], or [dimensions] for a single one.

        An item is a text, a ``pathlib.Path`` of a picture, or ``{"text": …, "image": …}``, which
        models of both turn into one vector. The array is mapped from the command's output, not
        copied, unless it is cut or normalised.

        :param prompt_name: a prompt of the model's folder, put before each text.
        :param prompt: the prompt itself.
        :param batch_size: not needed: vectors do not depend on what is computed with them, and the
            command fills its batches by tokens.
        :param show_progress_bar: whether the command's notes and progress are shown.
        :param normalize_embeddings: scale each vector to length 1.
        :param truncate_dim: keep so many of the first dimensions; normalised afterwards if asked.
        :raises TesseraError: if an item or the model fails, with the command's words.
        """
        del batch_size
        single = isinstance(sentences, (str, dict, pathlib.PurePath))
        items = [_line(item) for item in ([sentences] if single else sentences)]
        vectors = self._run(items, prompt if prompt is not None else prompt_name, show_progress_bar)
        if truncate_dim is not None:
            vectors = vectors[:, :truncate_dim]
        if normalize_embeddings:
            lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = vectors / numpy.maximum(lengths, 1e-12)
        return vectors[0] if single else vectors

    @property
    def dimensions(self):
        """The length of a vector."""
        return self.encode("a").shape[0]

    def _run(self, items, prompt, shows):
        if not items:
            return numpy.zeros((0, self.dimensions), dtype=numpy.float32)
        with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
            file = os.path.join(folder, "vectors.npy")
            arguments = self._arguments + ["--output", file]
            if prompt is not None:
                arguments += ["--prompt", prompt]
            if not shows:
                arguments.append("--quiet")
            lines = "".join(json.dumps(item) + "\n" for item in items)
            done = subprocess.run(
                arguments, input=lines.encode(), stdout=subprocess.DEVNULL,
                stderr=None if shows else subprocess.PIPE,
            )  # fmt: skip
            if done.returncode != 0:
                said = (done.stderr or b"").decode(errors="replace").strip()
                raise TesseraError(said or f"{arguments[0]} ended with {done.returncode}")
            # The map outlives the file's name.
            return numpy.load(file, mmap_mode="c")
