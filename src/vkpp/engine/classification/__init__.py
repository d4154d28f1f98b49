"""Typed tables to derived variables: forces, offence classes, programme views."""
