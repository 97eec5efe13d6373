"""The study's rules: pure, standard library only. No clock, no files, no environment."""
