"""What models say about themselves, one library or format per file."""
