"""One room a method: its settings, and what all methods of latent counterfactuals share."""
