"""Tests of running the service: backups, restores, faults."""
