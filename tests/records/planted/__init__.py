"""An app that only the tests have: a marked record, as an app of the house would write it."""
