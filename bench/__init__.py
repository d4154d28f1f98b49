"""Measurements, as ratios side by side in one run against the floor and the named peers; never a timed test."""
