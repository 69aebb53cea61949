#!/usr/bin/env python3
"""The server's page in a browser, as a person uses it: page.py TESSERA [--shots FOLDER]

TESSERA is a build with the server. In a headless Chromium, as wide as a phone and as a desk, light and dark:
words and a picture find what they should, by keyboard alone too, near duplicates fold, "Why?" and "Ask"
answer, nothing is wider than the screen, and the console stays empty. Without Chromium (Debian's, or what
CHROMIUM names), or playwright, which comes from PyPI into .build/page, it says so and tests nothing.
"""
import argparse, os, pathlib, shutil, sys, tempfile, time

from packages import root, start_again_with
from served import ChatModel, Server, run

chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
if not chromium:
    print("skipped: there is no chromium")
    sys.exit(0)
start_again_with("page", ["playwright==1.65.2"])

from playwright.sync_api import expect, sync_playwright  # noqa: E402

GALLERY = root / "models/picturebook/gallery"
SCREENS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 800}}


def until(page, condition, what):
    """Waits; the page's own rules forbid Playwright's way of doing so inside it."""
    end = time.time() + 60
    while not page.evaluate(condition):
        assert time.time() < end, what
        time.sleep(0.05)


def use(page, url, shots, name):
    """A person's way through the page; only keys are pressed until a picture is chosen."""
    said = []
    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda sent: said.append(sent.url)
            if not sent.url.startswith((url, "blob:", "data:")) else None)

    def shot(what):
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{what}: {wide} pixels wider than the screen"
        until(page, "[...document.images].every(i => i.complete && i.naturalWidth)", "pictures are missing")
        if shots:
            page.screenshot(path=shots / f"{name}-{what}.png", full_page=True)

    page.goto(url)
    expect(page.get_by_role("searchbox")).to_be_focused()
    shot("empty")
    page.keyboard.type("a blue whale in the sea")
    page.keyboard.press("Enter")
    hits = page.get_by_role("list", name="Hits").get_by_role("listitem")
    expect(page.get_by_role("status").first).to_contain_text("hits in")
    shot("words")
    # From the field to the first hit's buttons, and one of them, by keys alone.
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Why?":
            break
    page.keyboard.press("Enter")
    expect(hits.first.get_by_role("status")).not_to_be_empty()
    until(page, "document.querySelector('.why mark')", "nothing is explained")
    shot("why")
    fold = page.get_by_role("button", name="alike").first
    count = hits.count()
    fold.press("Enter")
    assert hits.count() > count, "nothing unfolds"
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.set_input_files("#file", GALLERY / "020-red-car-beside-two-green-balloons-desert.webp")
    expect(page.get_by_role("img", name="The query's picture")).to_be_visible()
    page.get_by_role("searchbox").fill("at night")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("hits in")
    shot("both")
    page.get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_role("img", name="The query's picture")).to_have_count(0)
    page.get_by_role("searchbox").fill("which of these is red?")
    page.get_by_role("button", name="Ask").press("Enter")
    expect(page.get_by_role("region", name="Answer")).to_contain_text("The car is red")
    shot("answer")
    assert not said, said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tessera")
    parser.add_argument("--shots", type=pathlib.Path, help="folder for pictures of the page")
    options = parser.parse_args()
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, ChatModel() as chat:
        files = pathlib.Path(folder) / "gallery"
        shutil.copytree(GALLERY, files)
        # The same picture once more, for "alike".
        shutil.copy(files / "000-big-blue-whale-sea.webp", files / "again.webp")
        (files / "a note.txt").write_text("A whale was seen in the sea, far from the coast, in the early morning.")
        (files / "unbroken.txt").write_text("verylongwordwithoutanyspace" * 8)
        index = pathlib.Path(folder) / "gallery.tessera"
        run(options.tessera, "index", files, "--into", index, "-m", "picturebook", "--quiet")
        with Server(options.tessera, "-m", "picturebook", "--in", index, *chat.options) as server, \
                sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, size in SCREENS.items():
                for scheme in ["light", "dark"]:
                    context = browser.new_context(viewport=size, color_scheme=scheme, has_touch=name == "phone")
                    use(context.new_page(), server.url, options.shots, f"{name}-{scheme}")
                    context.close()
                    print("ok    ", name, scheme, flush=True)
            browser.close()
    return server.status


sys.exit(main())
