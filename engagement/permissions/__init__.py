"""Who may do what in engagement, by noun. Reads are decided by `visible_to` alone."""
