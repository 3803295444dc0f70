"""Speed, as ratios of things run side by side in one go; never absolute, since machines differ and are noisy."""
