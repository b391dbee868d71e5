"""Glyphs that come with the package: 48 characters in 48 fonts under the Open Font License."""
