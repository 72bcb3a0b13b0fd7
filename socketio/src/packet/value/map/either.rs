//! One iterator that is one of two, for a map that is kept in one of two ways.

/// An iterator over few entries, or over many.
#[derive(Debug)]
pub(super) enum Either<F, M> {
    Few(F),
    Many(M),
}

impl<F: Iterator, M: Iterator<Item = F::Item>> Iterator for Either<F, M> {
    type Item = F::Item;

    fn next(&mut self) -> Option<F::Item> {
        match self {
            Either::Few(few) => few.next(),
            Either::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Either::Few(few) => few.size_hint(),
            Either::Many(many) => many.size_hint(),
        }
    }
}

impl<F: ExactSizeIterator, M: ExactSizeIterator<Item = F::Item>> ExactSizeIterator for Either<F, M> {}
