"""Reading a draft: may it be prepared at all, its text by position, and where everything goes."""
