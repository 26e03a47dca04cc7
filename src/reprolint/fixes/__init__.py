"""Fixes: where a seed belongs, what text puts it there, and the proof that the edited program is repeatable."""
