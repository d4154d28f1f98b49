"""Tables to cells: counts, rates, intervals, control charts, funnels, disparity, agreement."""
