"""The command line's verbs, one file each: NAME, SUMMARY, EXAMPLES, arguments(parser), run(args)."""
