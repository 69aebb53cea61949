"""Python packages for a script, in an environment of their own."""
import os, pathlib, subprocess, sys

root = pathlib.Path(__file__).resolve().parents[2]


def start_again_with(name, packages):
    """Starts the script again in .build/NAME, made with the packages where it is not there; where they
    cannot be had, says so and ends it."""
    place = root / ".build" / name
    python = place / "bin/python"
    if not python.exists():
        for command in [[sys.executable, "-m", "venv", place],
                        [python, "-m", "pip", "install", "-q", *packages]]:
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                subprocess.run(["rm", "-rf", place])
                print(f"skipped: {' '.join(map(str, command[-2:]))}: {done.stderr.strip()[-300:]}")
                sys.exit(0)
    if pathlib.Path(sys.prefix) != place:
        os.execv(python, [str(python), *sys.argv])
