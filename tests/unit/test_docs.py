"""What the documents say to type exists; links lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_make_command_of_the_documents_exists() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"make (\w+)", listed))
    for page in PAGES:
        for name in re.findall(r"(?:^    |`)make (\w+)", page.read_text(), re.MULTILINE):
            assert name in known, f"{page.name}: make {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_document_leads_to_a_file(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_no_document_names_a_machine_or_a_registry() -> None:
    for page in PAGES:
        text = page.read_text()
        assert not re.search(r"/(root|home|Users)/\w|pypi\.org|npmjs|maven", text), page.name
