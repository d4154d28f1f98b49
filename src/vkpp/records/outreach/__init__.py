"""The insight and outreach wing: peer review, partnerships, practice, enquiries, communications, events."""
