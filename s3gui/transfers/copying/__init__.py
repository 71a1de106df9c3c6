"""Objects that become other objects: on their server, or through this machine.

What is to be copied (``gather``), and one row from its source to the proved copy (``copier``).
"""
