"""The composition root without a window: the same parts on a plain asyncio loop.

``arguments`` reads the command line, ``run`` carries a command out. Exit codes: 0 all done, 1 some
of it failed, 2 usage, 3 cannot connect or sign in, 130 interrupted (what was sent is kept).
"""
