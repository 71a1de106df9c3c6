"""What follows from what in the main window, a subject a file."""
