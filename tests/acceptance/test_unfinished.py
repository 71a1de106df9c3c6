"""Unfinished uploads on a real storage: ours and a stranger's, told apart and given up."""

import pytest
from acceptance.twin import Run, Twin
from gui.storage import Storage


@pytest.mark.timeout(180)
def test_unfinished_uploads_are_told_apart_and_given_up(
    twin: Twin, storage: Storage, bucket: str, under_way: Run
) -> None:
    under_way.kill()
    strange = storage.client.create_multipart_upload(Bucket=bucket, Key="чужой.bin")
    storage.client.upload_part(
        Bucket=bucket,
        Key="чужой.bin",
        UploadId=strange["UploadId"],
        PartNumber=1,
        Body=bytes(5 << 20),
    )
    place = f"s3://{bucket}/"
    rows = [row for row in twin.run("unfinished", place, "--sizes") if row["event"] == "entry"]
    found = {row["key"]: row for row in rows}
    ours = found["large.img"]
    assert (found["чужой.bin"]["parts"], found["чужой.bin"]["bytes"]) == (1, 5 << 20)
    assert [found[key]["ours"] for key in ("large.img", "чужой.bin")] == [True, False]
    assert ours["parts"] >= 1
    assert all(row["initiated"] for row in rows)
    # Neither by age, both are young; nor ours by its id, while its row may go on with it.
    twin.run("unfinished", place, "--abort-older", "1d", "--yes")
    twin.run("unfinished", place, "--abort", ours["upload_id"], "--yes", code=1)
    assert len(storage.unfinished(bucket)) == 2
    twin.run("unfinished", place, "--abort", strange["UploadId"], "--yes")
    assert [row["Key"] for row in storage.unfinished(bucket)] == ["large.img"]
    twin.run("transfers", "abort", str(ours["transfer"]))
    assert not storage.unfinished(bucket)
