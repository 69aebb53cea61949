#!/usr/bin/env python3
"""Runs the tests of the kernels on emulated 64-bit ARMs, with and without instructions for bytes.

There is no Swift library for ARM on a machine of another kind, but Embedded Swift needs none: the
kernels, what chooses among them and their tests are compiled for bare ARM and linked, statically, with
a C library. Tests are those of Tests/KernelsTests; their macros, which bare ARM does not have, become
calls.

Needs gcc-aarch64-linux-gnu (its C library), qemu-user and a Swift toolchain for x86-64 Linux.
With --break [PROCESSOR ...], kernels are told to be wrong, one mistake after another, and each run has to
fail; a mistake takes a minute.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "Tests/Scripts/arm"
TOOLS = pathlib.Path(shutil.which("swiftc") or sys.exit("arm.py: there is no swiftc")).resolve().parent
TARGET = "aarch64-none-none-elf"
KERNELS = ROOT / "Sources/KernelsBaseline"
INTRINSICS = ROOT / "Sources/CIntrinsics"
# Modules of one source, and what clang is told of the processor; as in Package.swift.
SETS = {
    "TesseraKernelsBaseline": None,
    "TesseraKernelsDotProduct": "armv8-a+dotprod",
    "TesseraKernelsI8MM": "armv8-a+dotprod+i8mm",
}
# Processors as qemu has them, and the kernels that are to be found there.
PROCESSORS = {
    "cortex-a53": "neon",
    "neoverse-n1": "neon, dotprod",
    "max": "neon, dotprod, i8mm",
}
# A processor, a file, and a mistake in it that shows there.
MISTAKES = [
    ("cortex-a53", "LayerNorm.swift", "row.epsilon", "(1.01 * row.epsilon + 0.01)"),
    ("neoverse-n1", "bytes.h", "return (IntLanes)-(int32_t)", "return (IntLanes)(int32_t)"),
    ("neoverse-n1", "bytes.h", "vdotq_s32((int32x4_t)sum", "vdotq_s32((int32x4_t)a_odd"),
    ("neoverse-n1", "bytes.h", "vdotq_u32((uint32x4_t)sum, (uint8x16_t)a,",
     "vdotq_u32((uint32x4_t)b, (uint8x16_t)a,"),
    ("max", "bytes.h", "vusdotq_s32((int32x4_t)sum", "vusdotq_s32((int32x4_t)a_odd"),
    ("max", "bytes.h", "words == 2 ? 8 : 4", "8"),
]
TEST = re.compile(
    r"@Test(?:\(\s*(?:arguments: )((?:[^()]|\([^()]*\))*)\))?\s*func `([^`]*)`\(([^)]*)\)"
)


def arguments(text):
    """The arguments of a macro, split at commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def without_key_paths(source):
    return re.sub(r"\(\\\.([\w.]+)\)", r" { $0.\1 }", source)


class Plain:
    """Test files without macros, and the calls that they stood for."""

    def __init__(self):
        self.calls = []

    def rewrite(self, source):
        source = re.sub(r"^import .*\n", "", source, flags=re.M)
        source = source.replace("#expect(", "expect(").replace("@Suite ", "")
        source = source.replace("private static", "static")
        source = without_key_paths(source)
        suite = re.search(r"^struct (\w+)", source, flags=re.M).group(1)
        return "import CArm\nimport TesseraKernels\n" + TEST.sub(lambda m: self.take(suite, m), source)

    def take(self, suite, match):
        values, name, parameters = arguments(match[1] or ""), match[2], arguments(match[3])
        names = [parameter.split(":")[0] for parameter in parameters]
        function = f"test{len(self.calls)}"
        lines = [f'  begin("{name}")']
        for variable, value in zip(names, values):
            if value[0].islower():  # a property of the suite
                value = f"{suite}.{value}"
            lines.append(f"  for {variable} in {value} {{")
        passed = ", ".join(f"{variable}: {variable}" for variable in names)
        lines.append(f"  {suite}().{function}({passed})" + " }" * len(names))
        self.calls.append("\n".join(lines))
        return f"func {function}({match[3]})"

    def main(self):
        body = "\n".join(self.calls)
        return (
            'import TesseraKernels\n\n@_cdecl("run_tests") public func runTests() -> Int32 {\n'
            f"  reportTables()\n{body}\n  return failures()\n}}\n"
        )


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"arm.py: {command[0]} fails:\n{done.stdout}{done.stderr}"[:6000])


def compile_module(name, sources, folder, *flags):
    run(
        TOOLS / "swiftc", "-target", TARGET, "-enable-experimental-feature", "Embedded", "-wmo",
        "-parse-as-library", "-module-name", name, "-package-name", "tessera",
        "-I", folder, "-I", SUPPORT, *flags,
        "-emit-module", "-emit-module-path", folder / f"{name}.swiftmodule",
        "-c", *sources, "-o", folder / f"{name}.o",
    )  # fmt: skip
    return folder / f"{name}.o"


def copied(source, folder, mistake):
    """A folder of sources, in one file of which there may be a mistake."""
    copy = pathlib.Path(shutil.copytree(source, folder / source.name))
    _, name, right, wrong = mistake or (None,) * 4
    for file in copy.glob(name or "no file"):
        text = file.read_text()
        if right not in text:
            sys.exit(f"arm.py: there is nothing to break in {name}")
        file.write_text(text.replace(right, wrong))
    return copy


def build(folder, mistake=None):
    intrinsics = ["-I", copied(INTRINSICS, folder, mistake)]
    kernels = sorted(copied(KERNELS, folder, mistake).glob("*.swift"))
    objects = [
        compile_module(
            "TesseraKernels", sorted((ROOT / "Sources/Kernels").glob("*.swift")), folder, "-O")
    ]  # fmt: skip
    for name, processor in SETS.items():
        flags = ["-Xcc", f"-march={processor}"] if processor else []
        objects.append(compile_module(name, kernels, folder, "-Ounchecked", *intrinsics, *flags))
    plain, sources = Plain(), [SUPPORT / "Support.swift", ROOT / "Tests/Support/SplitMix64.swift"]
    for test in sorted((ROOT / "Tests/KernelsTests").glob("*.swift")):
        sources.append(folder / test.name)
        sources[-1].write_text(plain.rewrite(test.read_text()))
    selection = ROOT / "Sources/Tensors/KernelTable+Selection.swift"
    sources.append(folder / selection.name)
    sources[-1].write_text("import CArm\n" + without_key_paths(selection.read_text()))
    sources.append(folder / "Main.swift")
    sources[-1].write_text(plain.main())
    objects.append(
        compile_module("ArmTests", sources, folder, "-O", "-D", "WIDE_KERNELS", *intrinsics))
    unicode = TOOLS / f"../lib/swift/embedded/{TARGET}/libswiftUnicodeDataTables.a"
    run(
        TOOLS / "clang", "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-static", "-O1",
        "-I", SUPPORT, SUPPORT / "main.c", *objects, unicode, "-lm", "-o", folder / "tests",
    )  # fmt: skip
    return len(plain.calls)


def tested(folder, processor):
    """Whether the tests pass there, and what they say."""
    done = subprocess.run(
        ["qemu-aarch64", "-cpu", processor, f"{folder}/tests"], capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    if sys.argv[1:2] == ["--break"]:
        processors = sys.argv[2:] or PROCESSORS
        for mistake in [mistake for mistake in MISTAKES if mistake[0] in processors]:
            with tempfile.TemporaryDirectory() as folder:
                build(pathlib.Path(folder), mistake)
                if tested(folder, mistake[0])[0]:
                    sys.exit(f"arm.py: a mistake in {mistake[1]} is not noticed: {mistake[3]}")
        return
    with tempfile.TemporaryDirectory() as folder:
        count = build(pathlib.Path(folder))
        for processor, kernels in PROCESSORS.items():
            passes, said = tested(folder, processor)
            found = said.partition("\n")[0]
            if not passes or count < 20:
                sys.exit(f"{said}\narm.py: the kernels' {count} tests fail on an emulated {processor}")
            if found != kernels:
                sys.exit(f"arm.py: {processor} has {kernels}; chosen from {found}")
            print(f"arm.py: the kernels' {count} tests pass on an emulated {processor}: {found}")


main()
