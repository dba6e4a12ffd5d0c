"""PDF: reading drafts, making fields, signing in one incremental update."""
