"""Check before sending: a page whose script runs the compiled checks on the analyst's own machine, and nothing is sent."""
