import argparse
import base64
from pathlib import Path

import pytest

from s3gui import languages
from s3gui.cli import values
from s3gui.cli.arguments import WINDOW, default_state_dir, parse, state_dir_of
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.limits import NO_LIMIT, Hours, Rates
from s3gui.domain.location import Location
from s3gui.domain.parts import GIB, KIB, MIB
from s3gui.settings import Settings

PLACE = "s3://bucket/prefix/"


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [
        ("64M", 64 * MIB),
        ("16MiB", 16 * MIB),
        ("16mib", 16 * MIB),
        ("16 MiB", 16 * MIB),
        ("100MB", 100_000_000),
        ("1G", GIB),
        ("1.5k", 1536),
        ("512KiB", 512 * KIB),
        ("7", 7),
        ("7B", 7),
        ("0", 0),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, n_bytes: int) -> None:
    assert values.size(text) == n_bytes


@pytest.mark.parametrize(
    "text", ["", "M", "5X", "-5M", "5 MM", "1e9", "5iB", "٥M", "nan", "0x10", "5M5"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        values.size(text)


@pytest.mark.parametrize(("text", "good"), [("5M", True), ("5G", True), ("4.9M", False)])
def test_a_part_has_the_size_that_s3_allows(text: str, good: bool) -> None:
    if good:
        assert values.part_size(text) >= 5 * MIB
        return
    with pytest.raises(argparse.ArgumentTypeError):
        values.part_size(text)


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("10M", Rates(10 * MIB, 10 * MIB)),
        ("500k", Rates(500 * KIB, 500 * KIB)),
        ("1.5MiB/s", Rates(1536 * KIB, 1536 * KIB)),
        ("2MB/s", Rates(2_000_000, 2_000_000)),
        ("2mb/S", Rates(2_000_000, 2_000_000)),
        ("1M:off", Rates(MIB, 0)),
        ("0:100kB", Rates(0, 100_000)),
        ("off", NO_LIMIT),
        ("0", NO_LIMIT),
        ("OFF", NO_LIMIT),
    ],
)
def test_limits_are_read_as_people_write_them(text: str, rates: Rates) -> None:
    assert values.limit(text) == rates


@pytest.mark.parametrize(
    "text", ["", "fast", "-1M", "10Mbit", "1M:2M:3M", ":", "1M:", "10", "1k/m"]
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        values.limit(text)


@pytest.mark.parametrize("text", ["0", "65", "-1", "x", "", "1.5", "²"])
def test_what_cannot_be_in_flight_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        values.in_flight(text)


@pytest.mark.parametrize("text", ["x", "=v", "a b=c", "a=\n", "é=1", "a\r=1"])
def test_metadata_that_no_header_can_carry_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        values.pair(text)


def test_metadata_names_are_lower_case_and_values_keep_theirs() -> None:
    assert values.pair("Made-By=A=b") == ("made-by", "A=b")


def test_common_options_stand_before_or_after_the_command(tmp_path: Path) -> None:
    state = ["--state-dir", str(tmp_path)]
    before = parse([*state, "--json", "ls", PLACE])
    after = parse(["ls", PLACE, *state, "--json"])
    assert vars(before) == vars(after)
    assert after.where == Location("bucket", "prefix/")
    assert after.state_dir == tmp_path
    assert after.json


def test_everything_of_an_upload_is_read(tmp_path: Path) -> None:
    args = parse(
        [
            *("upload", "a", "-", "--part-size", "8M", "--parts", "3", "--files", "2", PLACE),
            *("--content-type", "text/plain", "--cache-control", "no-cache"),
            *("--acl", "public-read", "--metadata", "A=1", "--metadata", "b=2"),
            *("--storage-class", "COLD"),
        ]
    )
    assert (args.command, args.paths, args.where) == (
        "upload",
        [Path("a"), Path("-")],
        Location("bucket", "prefix/"),
    )
    assert (args.part_size, args.parts, args.files) == (8 * MIB, 3, 2)
    assert args.metadata == [("a", "1"), ("b", "2")]
    assert (args.content_type, args.cache_control) == ("text/plain", "no-cache")
    assert (args.acl, args.storage_class) == ("public-read", "COLD")


def test_a_file_that_looks_like_an_option_or_a_common_one_follows_two_hyphens() -> None:
    args = parse(["upload", "--json", "--", "--json", "-x", PLACE])
    assert args.paths == [Path("--json"), Path("-x")]


@pytest.mark.parametrize(
    ("argv", "where", "demo"),
    [
        ([], None, False),
        (["--demo"], None, True),
        ([PLACE], Location("bucket", "prefix/"), False),
        (["S3://bucket"], Location("bucket"), False),
        (["--demo", PLACE], Location("bucket", "prefix/"), True),
        ([PLACE, "--profile", "ls"], Location("bucket", "prefix/"), False),
    ],
)
def test_without_a_command_the_window_opens(
    argv: list[str], where: Location | None, demo: bool
) -> None:
    args = parse(argv)
    assert (args.command, args.where, args.demo) == (WINDOW, where, demo)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["lz"], "there is no command lz"),
        (["upload"], "required"),
        (["upload", "a", "s3://bucket/key"], "is an object"),
        (["upload", "a", "bucket/"], "is not a place"),
        (["ls", "--rec"], "unrecognized"),
        (["ls", "--endpoint", "https://a.example"], "--keys-from-env"),
        (["ls", "--endpoint", "ftp://a", "--keys-from-env"], "is not an address"),
        (["ls", "--profile", "a", "--endpoint", "https://b.example"], "not allowed with"),
        (["ls", "--demo", "--region", "x"], "--demo brings"),
        (["ls", "--ca-bundle", "/nonexistent"], "there is no file"),
        (["upload", "--part-size", "1M", "a", PLACE], "5 MiB"),
        (["upload", "--parts", "0", "a", PLACE], "from 1 to 64"),
        (["transfers", "eat"], "invalid choice"),
        (["transfers", "pause", "one"], "invalid int"),
    ],
)
def test_wrong_usage_is_named_and_ends_with_2(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(argv)
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.startswith("usage: s3gui")
    assert said.out == ""


@pytest.mark.parametrize("command", [[], ["upload"], ["ls"], ["transfers"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse([*command, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert "--state-dir" in text
    assert all(line.strip() != "None" for line in text.splitlines())


def test_help_of_argparse_itself_is_looked_up_in_our_catalogue(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loud(languages.gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper() if message in {"usage: ", "options"} else message

    monkeypatch.setattr(languages.text, "_catalogue", Loud())
    with pytest.raises(SystemExit):
        parse(["ls", "--help"])
    text = capsys.readouterr().out
    assert text.startswith("USAGE: ")
    assert "\nOPTIONS:" in text


@pytest.mark.parametrize("command", ["upload", "ls", "transfers"])
def test_help_and_errors_are_whole_in_russian(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    languages.install("ru")
    try:
        with pytest.raises(SystemExit):
            parse([command, "--help"])
        assert capsys.readouterr().out.startswith(f"использование: s3gui {command} [-")
        with pytest.raises(SystemExit):
            parse([command, "--parts", "0", "--odd"])
        said = capsys.readouterr().err
        assert said.startswith(f"использование: s3gui {command} [-")
        assert f"s3gui {command}: ошибка: " in said
    finally:
        languages.install("en")


def test_the_state_folder_comes_from_the_option_the_environment_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3GUI_STATE_DIR", str(tmp_path / "env"))
    assert parse(["ls"]).state_dir == tmp_path / "env"
    assert state_dir_of(["ls", "--state-dir", str(tmp_path)]) == tmp_path
    assert state_dir_of(["--state-dir"]) == tmp_path / "env"
    monkeypatch.delenv("S3GUI_STATE_DIR")
    assert default_state_dir().name == "s3gui"


def test_options_for_parts_reach_the_settings() -> None:
    from s3gui.cli.setup import settings_of

    args = parse(["upload", "a", PLACE, "--part-size", "8M", "--parts", "3", "--files", "2"])
    changed = settings_of(args, Settings(theme="dark"))
    assert (changed.part_bytes, changed.single_put_bytes) == (8 * MIB, 8 * MIB)
    assert (changed.parts_in_flight, changed.parts_per_file, changed.files_in_flight) == (3, 3, 2)
    assert changed.theme == "dark"
    assert settings_of(parse(["upload", "a", PLACE]), Settings()) == Settings()


def test_a_limit_of_the_command_stands_above_the_saved_one_and_its_hours() -> None:
    from s3gui.cli.setup import settings_of

    saved = Settings(
        limit_up_bytes_s=5000, limit_by_hours=True, limit_hours=(Hours(0, 0, Rates(9000, 0)),)
    )
    assert settings_of(parse(["upload", "a", PLACE]), saved) == saved
    off = settings_of(parse(["upload", "a", PLACE, "--limit", "off"]), saved)
    assert (off.limits, off.limit_by_hours) == (NO_LIMIT, False)
    both = settings_of(parse(["upload", "--limit", "1M:2M", "a", PLACE]), saved)
    assert (both.limits, both.limit_by_hours) == (Rates(MIB, 2 * MIB), False)


def test_a_number_of_parts_that_was_typed_does_not_grow() -> None:
    from s3gui.cli.setup import settings_of

    assert Settings().parts_grow
    assert not settings_of(parse(["upload", "a", PLACE, "--parts", "8"]), Settings()).parts_grow


@pytest.mark.parametrize(
    "held",
    [bytes(range(32)), base64.b64encode(bytes(range(32))) + b"\n", bytes(range(32)).hex().encode()],
)
def test_a_customer_key_is_read_as_it_is_in_base64_or_in_hex(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "key").write_bytes(held)
    assert values.customer_key(str(tmp_path / "key")) == CustomerKey(bytes(range(32)))
