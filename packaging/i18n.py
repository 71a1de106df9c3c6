"""Keeps the translations: ``python packaging/i18n.py extract | compile | check``.

``extract`` brings resources/translations/ru.po up to the texts of the source, ``compile`` makes the
ru.mo that the program reads, ``check`` says what is missing and changes nothing (exit code 1).
Babel has to be installed; it is among the development dependencies.
"""

import argparse
import io
import re
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "s3gui"
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = ("ru",)

#: The functions of s3gui.domain.text, and which of their arguments are texts.
KEYWORDS = {"tr": None, "noop": None, "trn": (1, 2), "trc": ((1, "c"), 2)}
#: A date that never changes: the files differ only where a text does.
_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_PRINTF = re.compile(r"%(?:\(\w+\))?[sdr]")
_MNEMONIC = re.compile(r"&\w")


def extracted(source: Path = SOURCE) -> Catalog:
    """All texts of the source, with the files they stand in."""
    catalog = Catalog(project="s3gui", charset="utf-8", creation_date=_DATE)
    found = extract_from_dir(
        source, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("i18n:",)
    )
    for file_name, _line, message, comments, context in found:
        place = (Path(source.name) / Path(file_name)).as_posix()
        catalog.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalog


def read(language: str, folder: Path = FOLDER) -> Catalog:
    """The .po file of a language; an empty catalogue where there is none yet."""
    path = folder / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="s3gui", charset="utf-8", creation_date=_DATE)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def extract(language: str) -> None:
    """Updates the .po file in place: new texts untranslated, gone ones dropped, none guessed."""
    catalog = read(language)
    catalog.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _DATE
    catalog.fuzzy = False
    catalog.project, catalog.version = "s3gui", ""
    catalog.header_comment = f"# s3gui in {catalog.locale_identifier}, MIT licence as the program."
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    with (FOLDER / f"{language}.po").open("wb") as file:
        write_po(file, catalog, width=100, sort_by_file=True, include_lineno=False)
    empty = sum(1 for message in messages(catalog) if not translated(message))
    print(f"{language}: {len(catalog)} texts, {empty} to translate")


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalogue."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def compile_(language: str) -> None:
    """Writes the .mo file from the .po file."""
    (FOLDER / f"{language}.mo").write_bytes(compiled(read(language)))


def messages(catalog: Catalog) -> Iterator[Message]:
    """The texts of a catalogue without its header."""
    return (message for message in catalog if message.id)


def forms_of(message: Message) -> list[str]:
    """The translations of a text: one, or one a plural form; an empty string for a missing one."""
    if isinstance(message.string, tuple | list):
        return [form or "" for form in message.string]
    return [message.string or ""]


def translated(message: Message) -> bool:
    """Whether every form of a text is there."""
    return all(forms_of(message))


def missing(language: str, source: Path = SOURCE, folder: Path = FOLDER) -> list[str]:
    """What the catalogue lacks against the source, and what it has too much."""
    catalog = read(language, folder)
    wanted = {_key(message): message for message in messages(extracted(source))}
    present = {_key(message): message for message in messages(catalog)}
    problems = [f"not in {language}.po: {_quote(wanted[key])}" for key in wanted.keys() - present]
    problems += [f"not used: {_quote(present[key])}" for key in present.keys() - wanted]
    for key, message in present.items():
        if key in wanted and not translated(message):
            problems.append(f"not translated: {_quote(message)}")
        if message.fuzzy:
            problems.append(f"fuzzy: {_quote(message)}")
    return sorted(problems)


def mistakes(language: str, folder: Path = FOLDER) -> list[str]:
    """What is wrong with the translations that are there."""
    catalog = read(language, folder)
    problems = []
    for message in messages(catalog):
        if not translated(message):
            continue
        forms = forms_of(message)
        # The form for "one" serves 21 too: every form needs what the plural fills in.
        source = message.id if isinstance(message.id, str) else message.id[1]
        problems += [
            f"{why}: {_quote(message)}: {form!r}"
            for form in forms
            for why in _compare(source, form)
        ]
    path = folder / f"{language}.mo"
    if not path.exists() or path.read_bytes() != compiled(catalog):
        problems.append(f"{path.name} is not what {language}.po gives; run: i18n.py compile")
    return problems


def _compare(source: str, form: str) -> Iterator[str]:
    try:
        if _fields(source) != _fields(form):
            yield "other placeholders"
    except ValueError:
        yield "broken braces"
    if sorted(_PRINTF.findall(source)) != sorted(_PRINTF.findall(form)):
        yield "other % signs"
    if len(_MNEMONIC.findall(source)) != len(_MNEMONIC.findall(form)):
        yield "other & mnemonics"
    for end in (" ", "\n", "…", ":"):
        if source.endswith(end) != form.endswith(end):
            yield f"ends otherwise than with {end!r}"


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _key(message: Message) -> tuple[str, str]:
    return message.context or "", message.id if isinstance(message.id, str) else message.id[0]


def _quote(message: Message) -> str:
    place = f" ({message.locations[0][0]})" if message.locations else ""
    return f"{_key(message)[1]!r}{place}"


def main(arguments: list[str]) -> int:
    """Runs one of the three; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["extract", "compile", "check"])
    what = parser.parse_args(arguments).what
    problems: list[str] = []
    for language in LANGUAGES:
        if what == "extract":
            extract(language)
        elif what == "compile":
            compile_(language)
        else:
            problems += missing(language) + mistakes(language)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
