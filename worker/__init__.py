"""Photo files and, later, the jobs that edit them. Knows files and storage; no HTTP, no maths."""
