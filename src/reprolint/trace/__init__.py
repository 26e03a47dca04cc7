"""What happens, in order, when a program is run: abstract interpretation of its facts."""
