"""The explainers, one a file; `rex_widgets.latent.registry` knows them by name."""
