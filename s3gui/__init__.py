"""s3gui: moves big files into any S3-compatible storage, and shows what is there.

The invariants of the house; each is held by a contract or a test:

1. Qt only in ``ui/`` and ``app.py``; qasync only in ``app.py``; aiobotocore, botocore and urllib3
   only in ``s3/``; keyring only in ``accounts/``.
2. One loop owns all state: in the window the qasync loop, on the command line a plain one. Only
   bytes on sockets, hashes, files, the database and the keyring leave it for threads; what crosses
   takes values and returns values.
3. A transfer changes state only through ``Transfer.move_to()``, called only by the queue and the
   engine.
4. An upload id is in the journal before its first part is sent, and leaves it only after complete
   or abort was confirmed.
5. Shown bytes = sum of the parts' counters; a retry resets its part. No deltas.
6. No nested event loop inside a coroutine. No await after ``QApplication.quit()``.
7. Secrets are in the keyring or in memory: never in settings, journal, log, repr, exception text.
8. A page of a listing carries its location; a page for another location is dropped.
9. Text from a server or a file name is shown as plain text, control and bidi characters made
   visible.
10. A feature that a server lacks is ``None`` on the session; its control is disabled and says why.
"""

__version__ = "0.1.0"
