"""Documents, numbers and the office in SQLite or PostgreSQL; bytes in files by digest."""
