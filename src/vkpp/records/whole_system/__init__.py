"""The whole-systems wing: strategies, plans, governance, professional development, inclusion."""
