"""The research and review wing: reviews, panel, homicide, research projects."""
