"""Training and evaluation. Imported by `hidiff.__main__` alone: the app and the command line need none of it."""
