"""What ``packaging/dev.py run`` does where there is no display."""

import json
import os
from pathlib import Path

import pytest
from gui.desktop import missing
from gui.show import NAME, SIZE, main
from servers.ceph.cluster import missing as ceph_missing


@pytest.mark.timeout(400)
@pytest.mark.skipif(bool(missing()), reason=missing() or "there is a desktop")
@pytest.mark.parametrize(("options", "verified"), [([], "full"), (["--ceph"], "etag")])
def test_a_dropped_file_is_read_back_whole_and_reported(
    tmp_path: Path, options: list[str], verified: str
) -> None:
    if options and (why := ceph_missing()) and not os.environ.get("CI"):
        pytest.skip(f"Ceph: {why}")
    assert main(options, tmp_path) == 0
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["size_stored"] == SIZE
    assert report["sha256_stored"] == report["sha256_source"]
    assert report["location"].endswith(f"/{NAME}")
    assert report["verified"] == verified
    assert len(report["pictures"]) == 4
    for name in report["pictures"]:
        assert (tmp_path / name).stat().st_size > 10_000
        assert f"({name})" in (tmp_path / "report.md").read_text(encoding="utf-8")
