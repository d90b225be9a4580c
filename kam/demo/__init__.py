"""The demo company: an invented telecom operator in Jiangsu and its key accounts."""
