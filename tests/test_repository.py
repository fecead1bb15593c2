"""The README's tree against the disk, and the promises that several files make together."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def listed_paths() -> set[str]:
    tree = (ROOT / "README.md").read_text().split("## The tree")[1].split("```")[1]
    return {line.split()[0].rstrip("/") for line in tree.strip().splitlines()}


def folders_in(folder: Path) -> set[str]:
    """Folders that belong to the repository, as paths from its root; caches and what git ignores are left out."""
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text().splitlines()}
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.iterdir()
        if path.is_dir() and path.name not in ignored and path.name != ".git" and path.suffix != ".egg-info"
    }


def test_every_path_of_the_readme_exists() -> None:
    assert [path for path in sorted(listed_paths()) if not (ROOT / path).exists()] == []


def test_every_room_is_in_the_readme() -> None:
    listed = {part for path in listed_paths() for part in (path, path.split("/")[0])}
    assert (folders_in(ROOT) | folders_in(ROOT / "models")) - listed == set()


def test_every_dependency_has_an_exact_version() -> None:
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    ]
    names = {re.split(r"[\[<>=]", requirement)[0].replace("_", "-").lower() for requirement in wanted} - {"respell"}
    assert names <= {name.replace("_", "-").lower() for name in pinned}


def test_every_command_of_the_readme_is_a_target_of_the_makefile() -> None:
    commands = set(re.findall(r"`?make (\w+)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test", "check"} <= commands <= targets


def test_the_two_commands_stand_first_in_the_readme() -> None:
    first_block = (ROOT / "README.md").read_text().split("```")[1]
    assert [line.split("#")[0].strip() for line in first_block.strip().splitlines()] == ["make run", "make test"]
