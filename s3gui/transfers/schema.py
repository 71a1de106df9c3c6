"""The journal's tables. A change raises ``VERSION`` and adds its step to ``MIGRATIONS``."""

#: ``PRAGMA application_id``: "s3gj".
APPLICATION_ID = 0x7333676A
#: ``PRAGMA user_version``.
VERSION = 6

# Keys and paths are bytes: a key is any UTF-8, a path any bytes the file system takes.
# ``dev`` and ``ino`` are text, because Windows has 128-bit file ids and SQLite 63-bit integers.
# ``state`` is what is so after a restart: a running upload is "queued".
# ``checksum`` says which of ``md5`` and ``crc32`` a part has; the other one is empty.
# ``wish`` is a cancel that waits for the outcome of a Complete.
# ``create_intent_at`` is set while a CreateMultipartUpload is under way; ``lost_create`` has those
# whose answer never came.
# ``origin_...`` is what a download or a copy reads; ``part_path`` the file a download grows in.
# ``agreed_etag`` is what the person agreed to overwrite: NULL not asked yet, "" nothing was there.
# ``unlisted_at``: taken off the list; it is history, and ``past`` has what it is searched by:
# bucket, key and path in folded case, beside each other, since 100,000 whole rows are 50 MB.
# ``upload_token`` is in the metadata of what the upload makes, where its ETag proves nothing.
# ``completing`` is 1 from before CompleteMultipartUpload leaves until its outcome is known.
_TRANSFER = """
CREATE TABLE transfer(
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN ('up', 'down', 'copy')),
  profile_id TEXT NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  local_path BLOB NOT NULL,
  batch TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK(state IN ('queued', 'paused', 'completed', 'failed', 'cancelled', 'skipped')),
  size INTEGER NOT NULL,
  options_json TEXT NOT NULL,
  part_bytes INTEGER NOT NULL DEFAULT 0,
  is_single INTEGER NOT NULL DEFAULT 0,
  dev TEXT, ino TEXT, mtime_ns INTEGER, ctime_ns INTEGER,
  create_intent_at REAL,
  upload_id TEXT NOT NULL DEFAULT '',
  opaque_etags INTEGER NOT NULL DEFAULT 0,
  checksum TEXT NOT NULL DEFAULT '',
  upload_token TEXT NOT NULL DEFAULT '',
  completing INTEGER NOT NULL DEFAULT 0,
  expected_etag TEXT NOT NULL DEFAULT '',
  expected_crc32 TEXT NOT NULL DEFAULT '',
  etag TEXT NOT NULL DEFAULT '',
  version_id TEXT,
  verified TEXT,
  error_json TEXT,
  wish TEXT NOT NULL DEFAULT '',
  priority INTEGER NOT NULL DEFAULT 0,
  if_exists TEXT NOT NULL DEFAULT 'overwrite',
  agreed_etag TEXT,
  is_move INTEGER NOT NULL DEFAULT 0,
  origin_profile_id TEXT NOT NULL DEFAULT '',
  origin_bucket TEXT NOT NULL DEFAULT '',
  origin_key BLOB NOT NULL DEFAULT x'',
  origin_version TEXT,
  origin_etag TEXT NOT NULL DEFAULT '',
  origin_modified REAL,
  part_path BLOB NOT NULL DEFAULT x'',
  proof_json TEXT NOT NULL DEFAULT '',
  started_at REAL,
  unlisted_at REAL,
  created_at REAL NOT NULL,
  finished_at REAL
);
"""
_INDEXES = """
CREATE UNIQUE INDEX live_destination ON transfer(profile_id, bucket, key)
  WHERE kind IN ('up', 'copy') AND state IN ('queued', 'paused');
CREATE UNIQUE INDEX live_file ON transfer(local_path)
  WHERE kind = 'down' AND state IN ('queued', 'paused');
CREATE TABLE past(
  finished_at REAL NOT NULL,
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY(finished_at, id)
) WITHOUT ROWID;
"""
# ``unread``: a folder or a list that was asked for and is not read to its end; ``kind`` and what is
# named alike are as its transfers have them. ``bucket`` and ``key`` are where an upload or a copy
# goes, ``folder`` where a download does. ``paths``, ``wanted`` and ``have`` are lines of JSON with
# some hundreds of things each. ``mark_...`` is how far it is read; what could not be queued by then
# is in ``unread_note``.
_UNREAD = """
CREATE TABLE unread(
  id INTEGER PRIMARY KEY,
  batch TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN ('up', 'down', 'copy')),
  profile_id TEXT NOT NULL,
  origin_profile_id TEXT NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  folder BLOB NOT NULL,
  paths TEXT NOT NULL,
  wanted TEXT NOT NULL,
  have TEXT NOT NULL,
  how_json TEXT NOT NULL,
  options_json TEXT NOT NULL,
  if_exists TEXT NOT NULL,
  is_move INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  mark_index INTEGER NOT NULL DEFAULT -1,
  mark_name BLOB NOT NULL DEFAULT x'',
  queued INTEGER NOT NULL DEFAULT 0,
  queued_bytes INTEGER NOT NULL DEFAULT 0,
  had INTEGER NOT NULL DEFAULT 0,
  created_at REAL NOT NULL
);
CREATE TABLE unread_note(
  unread_id INTEGER NOT NULL,
  is_mapped INTEGER NOT NULL,
  path BLOB NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  why TEXT NOT NULL
);
"""
#: The columns of version 4.
_KEPT_IN_5 = (
    "id, position, kind, profile_id, bucket, key, local_path, batch, state, size,"
    " options_json, part_bytes, is_single, dev, ino, mtime_ns, ctime_ns,"
    " create_intent_at, upload_id, opaque_etags, checksum, completing, expected_etag,"
    " expected_crc32, etag, version_id, verified, error_json, wish, created_at,"
    " finished_at"
)
TABLES = (
    _TRANSFER
    + """
CREATE TABLE part(
  transfer_id INTEGER NOT NULL REFERENCES transfer ON DELETE CASCADE,
  number INTEGER NOT NULL,
  md5 BLOB NOT NULL,
  crc32 BLOB NOT NULL DEFAULT x'',
  etag TEXT NOT NULL,
  PRIMARY KEY(transfer_id, number)
) WITHOUT ROWID;
CREATE TABLE abort_todo(
  profile_id TEXT NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  upload_id TEXT NOT NULL,
  since REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(profile_id, bucket, key, upload_id)
) WITHOUT ROWID;
CREATE TABLE lost_create(
  profile_id TEXT NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY(profile_id, bucket, key, at)
) WITHOUT ROWID;
"""
    + _INDEXES
    + _UNREAD
)

#: From the version in front to the next one.
MIGRATIONS: dict[int, str] = {
    1: """
ALTER TABLE transfer ADD COLUMN checksum TEXT NOT NULL DEFAULT '';
ALTER TABLE transfer ADD COLUMN expected_crc32 TEXT NOT NULL DEFAULT '';
ALTER TABLE part ADD COLUMN crc32 BLOB NOT NULL DEFAULT x''
""",
    2: "ALTER TABLE transfer ADD COLUMN wish TEXT NOT NULL DEFAULT ''",
    3: """
CREATE TABLE lost_create(
  profile_id TEXT NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY(profile_id, bucket, key, at)
) WITHOUT ROWID
""",
    # A check of a column cannot be altered: the table is made anew (SQLite, *ALTER TABLE*, 7).
    4: f"""
{_TRANSFER.replace("TABLE transfer", "TABLE transfer_5")}
INSERT INTO transfer_5({_KEPT_IN_5}) SELECT {_KEPT_IN_5} FROM transfer;
DROP TABLE transfer;
ALTER TABLE transfer_5 RENAME TO transfer;
{_INDEXES}
""",  # noqa: S608  constants of this module
    5: _UNREAD,
}
