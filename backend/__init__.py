"""The HTTP service. Knows no torch and decodes no pixel it needn't; nothing of it is built yet."""
