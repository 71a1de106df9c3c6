-- The tables of version 4, as they were.
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
    CHECK(state IN ('queued', 'paused', 'completed', 'failed', 'cancelled')),
  size INTEGER NOT NULL,
  options_json TEXT NOT NULL,
  part_bytes INTEGER NOT NULL DEFAULT 0,
  is_single INTEGER NOT NULL DEFAULT 0,
  dev TEXT, ino TEXT, mtime_ns INTEGER, ctime_ns INTEGER,
  create_intent_at REAL,
  upload_id TEXT NOT NULL DEFAULT '',
  opaque_etags INTEGER NOT NULL DEFAULT 0,
  checksum TEXT NOT NULL DEFAULT '',
  completing INTEGER NOT NULL DEFAULT 0,
  expected_etag TEXT NOT NULL DEFAULT '',
  expected_crc32 TEXT NOT NULL DEFAULT '',
  etag TEXT NOT NULL DEFAULT '',
  version_id TEXT,
  verified TEXT,
  error_json TEXT,
  wish TEXT NOT NULL DEFAULT '',
  created_at REAL NOT NULL,
  finished_at REAL
);
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
CREATE UNIQUE INDEX live_destination ON transfer(profile_id, bucket, key)
  WHERE kind = 'up' AND state IN ('queued', 'paused');
