"""The embedded S3 of ``--demo``: a server on loopback in a child process, with sample data."""
