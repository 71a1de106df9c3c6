"""Keys to paths: whatever the key, the file is in the folder, and no two keys are one file."""

import ntpath
import sys
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.transfers.downloading.paths import (
    Place,
    Rules,
    fitted,
    folded,
    has_twins,
    lay_out,
    name_of,
    original,
    same,
)

LINUX = Rules(windows=False, fold=same)
WINDOWS = Rules(windows=True, fold=folded)
MAC = Rules(windows=False, fold=folded)

segments = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), max_size=40)
odd = st.text(
    st.sampled_from('./ ‛．␠␊\x00\x1f\x7f<>:"|?*\\＜：ａAaé~COMcon1ßſİ' + "e\u0301"), max_size=12
)
keys = st.lists(st.tuples(odd | segments, st.integers(0, 1)), max_size=12, unique_by=lambda k: k[0])


def names(key: str, rules: Rules = LINUX, size: int = 1) -> tuple[str, ...]:
    (place,) = lay_out([(key, size)], rules)
    return place.names


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("../../etc/passwd", "．．/．．/etc/passwd"),
        ("a/./b", "a/．/b"),
        ("/etc/passwd", "‛/etc/passwd"),
        ("a//b", "a/‛/b"),
        ("..\\..\\x", "..\\..\\x"),
        ("nul\x00byte", "nul␀byte"),
        ("line\nfeed\x1b[31m", "line␊feed␛[31m"),
        ("．．/x", "‛．‛．/x"),
        ("‛", "‛‛"),
        ("C:\\x", "C:\\x"),
    ],
)
def test_what_climbs_or_cannot_be_a_name_is_written_otherwise(key: str, there: str) -> None:
    assert "/".join(names(key)) == there


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("C:\\Windows\\x", "C：＼Windows＼x"),
        ("\\\\host\\share", "＼＼host＼share"),
        ("file.txt:stream", "file.txt：stream"),
        ("..\\..\\x", "..＼..＼x"),
        ("CON", "‛CON"),
        ("aux.c", "‛aux.c"),
        ("com1.tar.gz", "‛com1.tar.gz"),
        ("LPT¹", "‛LPT¹"),
        ("COM10", "COM10"),
        ("console", "console"),
        ("dot.", "dot．"),
        ("space ", "space␠"),
        ("dots...", "dots..．"),
        ("NUL ", "NUL␠"),
        ('what?*<>|"', "what？＊＜＞｜＂"),
    ],
)
def test_names_that_windows_cannot_have_are_written_otherwise(key: str, there: str) -> None:
    assert "/".join(names(key, WINDOWS)) == there


@given(segments | odd, st.booleans())
def test_every_name_can_be_read_back(segment: str, windows: bool) -> None:
    if "/" not in segment:
        assert original(name_of(segment, windows=windows), windows=windows) == segment


def is_reserved(path: PureWindowsPath) -> bool:
    """By Python's own rules, which have moved: the old place is gone in 3.15."""
    if sys.version_info >= (3, 13):
        return ntpath.isreserved(path)
    return path.is_reserved()


@given(segments | odd, st.booleans())
def test_a_name_is_one_name(segment: str, windows: bool) -> None:
    if "/" in segment:
        return
    name = fitted(name_of(segment, windows=windows), windows=windows)
    assert name not in {"", ".", ".."}
    assert "/" not in name
    assert not any(ord(char) < 32 or ord(char) == 127 for char in name)
    assert len(name.encode()) <= 255 or windows
    if windows:
        path = PureWindowsPath("D:\\to", name)
        assert (path.drive, path.parts) == ("D:", ("D:\\", "to", name))
        assert not is_reserved(path)
        assert name[-1] not in ". "
        assert not set(name) & set('<>:"|?*\\')
    else:
        assert PurePosixPath("/to", name).parts == ("/", "to", name)


@given(keys, st.sampled_from([LINUX, WINDOWS, MAC]))
def test_no_two_keys_are_one_file_and_no_file_is_a_folder(
    asked: list[tuple[str, int]], rules: Rules
) -> None:
    places = lay_out(asked, rules)
    assert len(places) == len(asked)
    paths = ["/".join(place.names) for place in places if not place.is_folder]
    files = [rules.fold(path) for path in paths]
    assert len(set(files)) == len(files)
    folders = {
        rules.fold("/".join(place.names[:count]))
        for place in places
        for count in range(1, len(place.names) + place.is_folder)
    }
    assert not folders & set(files)
    for (key, _), place in zip(asked, places, strict=True):
        plain = key.removesuffix("/") == "/".join(place.names)
        assert bool(place.why) or plain, "a name that changed is said"


@pytest.mark.parametrize(
    ("twins", "there"),
    [
        (("a.txt", "A.txt"), ("a.txt", "A (2).txt")),
        (("d/x", "D/X"), ("d/x", "D/X (2)")),
        (("caf\u00e9", "cafe\u0301"), ("caf\u00e9", "cafe\u0301 (2)")),
        (("a", "A", "A (2)"), ("a", "A (3)", "A (2)")),
    ],
)
def test_twins_are_told_apart_where_the_disk_does_not(
    twins: tuple[str, ...], there: tuple[str, ...]
) -> None:
    found = lay_out([(key, 1) for key in twins], MAC)
    assert tuple("/".join(place.names) for place in found) == there
    assert has_twins(lay_out([(key, 1) for key in twins], LINUX))
    assert [bool(place.why) for place in found] == [
        key != to for key, to in zip(twins, there, strict=True)
    ]


def test_twins_stay_as_they_are_where_the_disk_tells_them_apart() -> None:
    assert [place.names for place in lay_out([("a", 1), ("A", 1)], LINUX)] == [("a",), ("A",)]


def test_the_folder_wins_over_the_object_of_its_name() -> None:
    asked = [("a", 5), ("a-b", 1), ("a/", 0), ("a/b", 1), ("c/", 7), ("a (object)", 1)]
    found = lay_out(asked, LINUX)
    assert ["/".join(place.names) for place in found] == [
        "a (object) (2)",
        "a-b",
        "a",
        "a/b",
        "c (object)",
        "a (object)",
    ]
    assert [place.is_folder for place in found] == [False, False, True, False, False, False]


@pytest.mark.parametrize("name", ["x" * 255 + "1.txt", "ж" * 200 + ".tar", "😀" * 100, "y" * 300])
def test_a_name_that_is_too_long_is_cut_and_stays_its_own(name: str) -> None:
    (one,), (other,) = names(name), names("_" + name)
    assert len(one.encode()) <= 255
    assert one != other
    assert one.endswith(name.rpartition(".")[2] if "." in name else "")
    (place,) = lay_out([(name, 1)], LINUX)
    assert place.why


def test_a_name_that_a_person_chose_is_taken_as_it_is() -> None:
    (place, _) = lay_out([("b/x", 1), ("b/y", 1)], LINUX, first="‛mine")
    assert place == Place(("‛mine", "x"))
