"""Programs: which files are run, and what an import means when they are."""
