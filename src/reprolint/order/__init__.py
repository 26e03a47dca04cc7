"""Where the order of listings and sets goes inside a project's files, whether or not a program reaches them."""
