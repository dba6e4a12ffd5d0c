"""Rules of signing and numbering as dated data with their clause, and pure functions over facts."""
