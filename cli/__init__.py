"""The `respell` command: parses what a person types, calls `models.pipeline`, says what came out.

Everything heavy is imported inside the commands, so that `respell --help` answers at once.
"""
