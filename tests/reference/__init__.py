"""Reference cases: answers that a reference implementation printed or a publication gives, met at their tolerances."""
