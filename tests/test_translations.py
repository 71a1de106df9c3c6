"""The catalogue against the source, and the tool that keeps it against made-up ones."""

import ast
import gettext
import importlib.util
import io
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from s3gui.assets import asset
from s3gui.domain import text


def load_tool() -> ModuleType:
    path = Path(__file__).parent.parent / "packaging" / "i18n.py"
    spec = importlib.util.spec_from_file_location("s3gui_i18n", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


i18n = load_tool()


def test_every_text_is_in_russian_and_none_is_left_over() -> None:
    assert i18n.missing("ru") == []


def test_what_is_in_russian_has_the_same_placeholders_and_is_compiled() -> None:
    assert i18n.mistakes("ru") == []


def test_no_text_stands_inside_an_f_string() -> None:
    """Up to Python 3.11 an f-string is one token, and what it asks for is not extracted."""
    found = [
        f"{path.name}:{call.lineno}"
        for path in (Path(__file__).parent.parent / "s3gui").rglob("*.py")
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(outer, ast.JoinedStr)
        for call in ast.walk(outer)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"tr", "trn", "trc", "noop"}
        and any(isinstance(argument, ast.Constant) for argument in call.args)
    ]
    assert found == []


def test_no_text_is_an_f_string_or_a_sum() -> None:
    """``tr(f"…")`` would be looked up after it is filled in, and never be found."""
    wrong = []
    for path in sorted(i18n.SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in i18n.KEYWORDS and any(
                isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in node.args[:2]
            ):
                wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


def test_russian_has_three_plural_forms() -> None:
    with asset("translations", "ru.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    plural = catalogue.plural  # type: ignore[attr-defined]
    assert [plural(n) for n in (1, 21, 2, 24, 5, 11, 12, 100, 0)] == [0, 0, 1, 1, 2, 2, 2, 2, 2]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A source of four texts."""
    source = tmp_path / "app"
    source.mkdir()
    (source / "a.py").write_text(
        'tr("Open {name}")\ntrn("{n} file", "{n} files", n)\ntrc("verb", "Copy")\n'
        'LATER = noop("Later…")\n'
    )
    return source


def put(
    folder: Path, texts: dict[object, object], context: str | None = None, *, mo: bool = True
) -> None:
    catalog = Catalog(locale="ru")
    for message, string in texts.items():
        catalog.add(message, string, context="verb" if message == "Copy" else context)
    with (folder / "ru.po").open("wb") as file:
        write_po(file, catalog)
    if mo:
        (folder / "ru.mo").write_bytes(i18n.compiled(i18n.read("ru", folder)))


FILES = ("{n} file", "{n} files")
WHOLE: dict[object, object] = {
    "Open {name}": "Открыть {name}",
    FILES: ("{n} файл", "{n} файла", "{n} файлов"),
    "Copy": "Копировать",
    "Later…": "Позже…",
}


def test_a_whole_catalogue_passes(room: Path, tmp_path: Path) -> None:
    put(tmp_path, WHOLE)
    assert i18n.missing("ru", room, tmp_path) == []
    assert i18n.mistakes("ru", tmp_path) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Copy": ""}, "not translated"),
        ({FILES: ("{n} файл", "{n} файлов")}, "not translated"),
        ({"Old": "Старое"}, "not used"),
    ],
)
def test_gaps_are_found(
    room: Path, tmp_path: Path, change: dict[object, object], problem: str
) -> None:
    put(tmp_path, WHOLE | change)
    found = i18n.missing("ru", room, tmp_path)
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_text_without_a_row_is_found(room: Path, tmp_path: Path) -> None:
    put(tmp_path, {key: value for key, value in WHOLE.items() if key != "Copy"})
    assert i18n.missing("ru", room, tmp_path) == ["not in ru.po: 'Copy' (app/a.py)"]


def test_a_fuzzy_text_is_found(room: Path, tmp_path: Path) -> None:
    put(tmp_path, WHOLE)
    po = (tmp_path / "ru.po").read_text(encoding="utf-8")
    (tmp_path / "ru.po").write_text(
        po.replace('msgid "Later…"', '#, fuzzy\nmsgid "Later…"'), encoding="utf-8"
    )
    assert any(line.startswith("fuzzy") for line in i18n.missing("ru", room, tmp_path))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Open {name}": "Открыть {имя}"}, "other placeholders"),
        ({"Open {name}": "Открыть"}, "other placeholders"),
        ({"Open {name}": "Открыть {name"}, "broken braces"),
        ({FILES: ("один файл", "{n} файла", "{n} файлов")}, "other placeholders"),
        ({"Later…": "Позже"}, "ends otherwise"),
        ({"&File": "Файл"}, "other & mnemonics"),
        ({"need %s": "нужно"}, "other % signs"),
    ],
)
def test_mistakes_are_found(tmp_path: Path, change: dict[object, object], problem: str) -> None:
    put(tmp_path, WHOLE | change)
    assert [line for line in i18n.mistakes("ru", tmp_path) if line.startswith(problem)]


def test_a_compiled_file_that_is_old_is_found(tmp_path: Path) -> None:
    put(tmp_path, WHOLE)
    put(tmp_path, WHOLE | {"Copy": "Скопировать"}, mo=False)
    [problem] = i18n.mistakes("ru", tmp_path)
    assert "compile" in problem


def test_a_compiled_catalogue_serves_tr_trn_and_trc(tmp_path: Path) -> None:
    put(tmp_path, WHOLE)
    catalogue = gettext.GNUTranslations(io.BytesIO((tmp_path / "ru.mo").read_bytes()))
    text.install(catalogue)
    try:
        assert text.tr("Later…") == "Позже…"
        assert text.trn("{n} file", "{n} files", 3).format(n=3) == "3 файла"
        assert text.trc("verb", "Copy") == "Копировать"
        assert text.tr("Copy") == "Copy"
    finally:
        text.install(gettext.NullTranslations())
