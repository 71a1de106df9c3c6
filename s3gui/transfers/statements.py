"""What the journal writes, in SQL; the tables are in ``schema``."""

SET_PLAN = (
    "UPDATE transfer SET size = ?, part_bytes = ?, is_single = ?, create_intent_at = ?,"
    " upload_token = ?, dev = ?, ino = ?, mtime_ns = ?, ctime_ns = ? WHERE id = ?"
)
SET_IDENTITY = "UPDATE transfer SET dev = ?, ino = ?, mtime_ns = ?, ctime_ns = ? WHERE id = ?"
#: Of a PutObject, and of which content it is.
SET_MARK = (
    "UPDATE transfer SET upload_token = ?, size = ?, dev = ?, ino = ?, mtime_ns = ?, ctime_ns = ?"
    " WHERE id = ?"
)
SET_UPLOAD = (
    "UPDATE transfer SET upload_id = ?, opaque_etags = ?, checksum = ?, create_intent_at = NULL"
    " WHERE id = ?"
)
SET_PART = (
    "INSERT OR REPLACE INTO part(transfer_id, number, md5, crc32, etag) VALUES(?, ?, ?, ?, ?)"
)
SET_COMPLETING = (
    "UPDATE transfer SET completing = 1, expected_etag = ?, expected_crc32 = ? WHERE id = ?"
)
SET_DONE = (
    "UPDATE transfer SET state = 'completed', completing = 0, upload_id = '', error_json = NULL,"
    " wish = '', part_path = x'',"
    " size = ?, part_bytes = ?, is_single = ?, etag = ?, version_id = ?, verified = ?,"
    " proof_json = ?, started_at = ?, finished_at = ? WHERE id = ?"
)
SET_STATE = "UPDATE transfer SET state = ?, error_json = ?, wish = ? WHERE id = ?"
GIVE_UP = (
    "INSERT OR IGNORE INTO abort_todo(profile_id, bucket, key, upload_id, since)"
    " SELECT profile_id, bucket, key, upload_id, ? FROM transfer WHERE id = ? AND upload_id != ''"
)
FORGET = (
    "UPDATE transfer SET upload_id = '', create_intent_at = NULL, opaque_etags = 0,"
    " checksum = '', upload_token = '', part_bytes = 0, is_single = 0, completing = 0,"
    " expected_etag = '', expected_crc32 = '', part_path = x'', agreed_etag = NULL,"
    " dev = NULL, ino = NULL, mtime_ns = NULL, ctime_ns = NULL WHERE id = ?"
)
LOSE = (
    "INSERT OR IGNORE INTO lost_create SELECT profile_id, bucket, key, create_intent_at"
    " FROM transfer WHERE create_intent_at IS NOT NULL"
)
NO_INTENT = "UPDATE transfer SET create_intent_at = NULL WHERE create_intent_at IS NOT NULL"
THIS_ROW = " AND id = ?"
ABORT = (
    "INSERT OR IGNORE INTO abort_todo(profile_id, bucket, key, upload_id, since)"
    " VALUES(?, ?, ?, ?, ?)"
)
FOUND = "DELETE FROM lost_create WHERE profile_id = ? AND bucket = ? AND key = ? AND at = ?"
FORGET_PARTS = "DELETE FROM part WHERE transfer_id = ?"
THIS_ABORT = "WHERE profile_id = ? AND bucket = ? AND key = ? AND upload_id = ?"
ABORTED = f"DELETE FROM abort_todo {THIS_ABORT}"  # noqa: S608  two constants
ABORT_FAILED = f"UPDATE abort_todo SET tries = tries + 1 {THIS_ABORT}"  # noqa: S608  the same
SET_AGREED = "UPDATE transfer SET agreed_etag = ? WHERE id = ?"
#: Whither a row goes, and what it does there, after the person or the policy decided.
SET_DESTINATION = "UPDATE transfer SET key = ?, local_path = ?, if_exists = ? WHERE id = ?"
SET_DECIDED = "UPDATE transfer SET if_exists = ?, agreed_etag = ? WHERE id = ?"
SET_ORIGIN = (
    "UPDATE transfer SET size = ?, part_bytes = ?, is_single = ?, part_path = ?, checksum = ?,"
    " origin_version = ?, origin_etag = ?, origin_modified = ? WHERE id = ?"
)
SET_PRIORITY = "UPDATE transfer SET priority = ? WHERE id = ?"
#: What was stored stays as history (``history_store``), the rest has nothing to tell.
REMOVE = "DELETE FROM transfer WHERE id = ? AND state != 'completed'"
