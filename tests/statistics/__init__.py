"""Statistics: promises of the methods, and agreement with independent libraries."""
