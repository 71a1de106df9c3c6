"""Downloads: from what was asked for to rows, and from a row to a whole file in its place.

``gather`` lists and queues, ``paths`` makes keys safe paths, ``folders`` opens them a name at a
time, ``target`` is the file that grows, ``checks`` says what proves it, ``downloader`` runs a row.
"""
