"""A small codec of another project, ten bugs planted in it, and what finds them."""
