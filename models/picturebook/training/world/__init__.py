"""The world of the picture book: things, their pictures, and the words for them."""
