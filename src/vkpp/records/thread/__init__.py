"""The learning thread: finding, recommendation, response, action, measure, verdict, told."""
