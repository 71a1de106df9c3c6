"""The embedded S3 of ``--demo``: a small, real S3 server on disk, run in a child process.

``launch.py`` is what the composition roots use; everything else runs in the child. Nothing here is
imported by the window but ``launch``, so that the window does not pay for a web server.
"""
