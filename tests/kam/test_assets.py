"""The browser files: where they come from and what is told where they cannot be had."""

import json
import subprocess

import pytest

import bootstrap
from kam.ops import assets

pytestmark = pytest.mark.own_database

OUTLINE = {"home": [["path", {"d": "M5 12l-2 0"}], ["circle", {"cx": "4", "r": "2"}]]}
FILLED = {"star": [["path", {"d": "M8 <&"}]]}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout without browser files; npm is a function that makes a node_modules folder."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "icons.txt").write_text(
        "home\n# a remark\nstar-filled  # also\n\nnone\n"
    )
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((bootstrap.ROOT / name).read_bytes())
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setenv("KAM_DATA_DIR", str(tmp_path / "var"))
    return tmp_path


@pytest.fixture
def npm(checkout, monkeypatch):
    calls = []

    def ci(work):
        calls.append(work)
        assert (work / "package-lock.json").exists()
        assert checkout / "var" in work.parents
        for source in [*assets.FILES, *assets.ICONS]:
            path = work / "node_modules" / source
            path.parent.mkdir(parents=True, exist_ok=True)
            content = {"tabler-nodes-outline.json": OUTLINE, "tabler-nodes-filled.json": FILLED}
            path.write_text(json.dumps(content.get(path.name, source)))

    monkeypatch.setattr(assets, "npm_ci", ci)
    return calls


def test_the_files_land_in_static_vendor_and_nothing_else_stays(npm, checkout):
    told = []
    assert assets.build(told.append) is True
    names = {path.name for path in (checkout / "static" / "vendor").iterdir()}
    assert names == {*assets.FILES.values(), assets.SPRITE, ".stamp"}
    assert not list(checkout.rglob("node_modules"))
    assert told == ["static/icons.txt names icons that @tabler/icons lacks: none"]


def test_a_second_time_does_nothing(npm, checkout):
    assets.build(lambda _: None)
    assert assets.build(lambda _: None) is False
    assert len(npm) == 1


def test_another_icon_needs_no_network(npm, checkout):
    assets.build(lambda _: None)
    (checkout / "static" / "icons.txt").write_text("home\n")
    assert assets.build(lambda _: None) is True
    assert len(npm) == 1
    assert "i-star" not in (checkout / "static" / "vendor" / assets.SPRITE).read_text()


def test_another_lock_is_fetched(npm, checkout):
    assets.build(lambda _: None)
    (checkout / "package-lock.json").write_text("{}")
    assets.build(lambda _: None)
    assert len(npm) == 2
    assert len([p for p in (checkout / "var" / "assets").iterdir() if p.is_dir()]) == 1


def test_the_sprite_has_a_symbol_for_each_icon(npm, checkout):
    assets.build(lambda _: None)
    sprite = (checkout / "static" / "vendor" / assets.SPRITE).read_text()
    assert '<symbol id="i-home" viewBox="0 0 24 24" fill="none"' in sprite
    assert '<circle cx="4" r="2"/>' in sprite
    assert '<symbol id="i-star-filled" viewBox="0 0 24 24" fill="currentColor">' in sprite
    assert "M8 &lt;&amp;" in sprite


def test_without_node_a_wheel_brings_it(checkout, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap, "install_into", lambda folder, what: ran.append(what) or True)
    monkeypatch.setattr(
        bootstrap,
        "run",
        lambda command, cwd: ran.append(command) or subprocess.CompletedProcess(command, 0, "", ""),
    )
    assets.npm_ci(tmp_path)
    assert ran[0] == assets.NODE_WHEEL
    assert ran[1][0].name == "node" and ran[1][1].name == "npm-cli.js" and "ci" in ran[1]


@pytest.mark.parametrize("node", ["/usr/bin/npm", None])
def test_one_line_says_what_to_do_where_nothing_can_be_fetched(
    checkout, monkeypatch, tmp_path, node
):
    monkeypatch.setattr(assets.shutil, "which", lambda name: node)
    monkeypatch.setattr(bootstrap, "install_into", lambda folder, what: False)
    monkeypatch.setattr(
        bootstrap,
        "run",
        lambda command, cwd: subprocess.CompletedProcess(command, 1, "", "npm error network\n"),
    )
    with pytest.raises(bootstrap.SetupError, match="install Node.js") as told:
        assets.npm_ci(tmp_path)
    assert "\n" not in str(told.value)


def test_scripts_of_packages_never_run(checkout, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(assets.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(
        bootstrap,
        "run",
        lambda command, cwd: ran.append(command) or subprocess.CompletedProcess(command, 0, "", ""),
    )
    assets.npm_ci(tmp_path)
    assert "--ignore-scripts" in ran[0]


def test_every_icon_of_the_list_exists_here():
    """The sprite that this checkout was set up with."""
    sprite = bootstrap.ROOT / "static" / "vendor" / assets.SPRITE
    if not sprite.exists() or not assets.up_to_date():
        pytest.skip("the browser files are not built: python3 manage.py build")
    drawn = sprite.read_text()
    assert [name for name in assets.icon_names() if f'id="i-{name}"' not in drawn] == []
