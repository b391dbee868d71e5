"""The kinds of model that people have, one file each; a new file here is a new kind."""
