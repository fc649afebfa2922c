"""A second reader of Strongroom's formats, written from spec/formats.md alone."""
