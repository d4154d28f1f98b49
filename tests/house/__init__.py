"""The house: walls, habits and front doors."""
