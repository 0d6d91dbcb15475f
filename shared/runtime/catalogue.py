"""What Fengqiao says, by key, in each language: gettext catalogues (`locales/<language>.po`) beside the code."""

from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from shared.contracts.values import Language


class Catalogue:
    """Sentences of one or more rooms. A missing key is a defect and raises KeyError."""

    def __init__(self, *folders: Path) -> None:
        self._texts = {language: _read(language, folders) for language in Language}

    def say(self, language: Language, key: str, **values: Any) -> str:
        """The sentence, filled."""
        text = self._texts[language][key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """True if there is such a sentence."""
        return key in self._texts[Language.EN]

    def keys(self, language: Language) -> frozenset[str]:
        """Every key of a language."""
        return frozenset(self._texts[language])

    def text(self, language: Language, key: str) -> str:
        """The sentence as it stands in the catalogue, with its braces."""
        return self._texts[language][key]


def _read(language: Language, folders: tuple[Path, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for folder in folders:
        with (folder / f"{language}.po").open("rb") as file:
            texts |= {str(message.id): str(message.string) for message in read_po(file) if message.id}
    return texts
