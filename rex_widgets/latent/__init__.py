"""Latent counterfactuals (BEX): what would have to be different for another answer."""
