"""What one file says: plain values taken from its syntax, with no opinion on what they mean."""
