"""The analysis and data wing: threat assessment, analyst network, taskings."""
