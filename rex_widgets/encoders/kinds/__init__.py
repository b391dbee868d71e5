"""The kinds of encoder that people have, one file each; a new file here is a new kind."""
