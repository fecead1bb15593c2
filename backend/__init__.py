"""The HTTP service: refusals, pictures, edits, events. Knows no torch and decodes no pixel in its own process."""
