-- The tables of version 5, as they were.
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
