"""A world of characters in fonts: a generator and classifiers that come with the package."""
